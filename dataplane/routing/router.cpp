// SPDX-License-Identifier: Apache-2.0
#include "dataplane/routing/router.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "base/ascii.h"
#include "dataplane/routing/path_reading.h"
#include "dataplane/routing/wildcard.h"

namespace palpo::routing {
namespace {

constexpr std::string_view kAcmePrefix = "/.well-known/acme-challenge/";

bool is_label_char(char c) { return is_ascii_digit(c) || is_ascii_lower(c) || c == '-' || c == '_'; }

// ":443", ":" or nothing. The number itself does not matter: peers send any.
bool is_port_suffix(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  for (const char c : text.substr(1)) {
    if (!is_ascii_digit(c)) return false;
  }
  return true;
}

std::string_view normalize_ipv6(std::string_view header, std::string& scratch) {
  const std::size_t end = header.find(']');
  if (end == std::string_view::npos || !is_port_suffix(header.substr(end + 1))) return {};
  const std::string_view address = header.substr(1, end - 1);
  std::array<char, INET6_ADDRSTRLEN> text{};
  in6_addr parsed{};
  if (address.size() >= text.size()) return {};
  std::memcpy(text.data(), address.data(), address.size());
  if (std::strlen(text.data()) != address.size() || inet_pton(AF_INET6, text.data(), &parsed) != 1) return {};
  scratch.clear();
  for (const char c : header.substr(0, end + 1)) scratch.push_back(ascii_lower(c));
  return scratch;
}

const PathTable& table_of(const CompiledHost& host, api::Listener listener) {
  switch (listener) {
    case api::Listener::http:
      return host.http;
    case api::Listener::https:
      return host.https;
    case api::Listener::federation:
      break;
  }
  return host.federation;
}

bool is_refused(const CompiledHost& host, std::uint32_t route) {
  return route != PathTable::kNone &&
         std::holds_alternative<api::Refusal>(host.source->value.routes[route].action);
}

// Whether some server that gets this path as it is would read it as one that its route does not take. Escapes
// of ordinary bytes count against refusals only: elsewhere the bytes decide, as everywhere in routing.
bool escapes(const CompiledHost& host, const PathTable& table, std::uint32_t route, std::string_view path) {
  const bool detours = has_detours(path);
  if (!detours && (!host.refuses || path.find_first_of("%\\") == std::string_view::npos)) return false;
  for (const Reading& reading : kReadings) {
    const std::uint32_t other = table.match(read_path(path, reading));
    if (other != route && (detours || is_refused(host, other))) return true;
  }
  return false;
}

Match take(const api::Route& route) {
  Match match;
  match.kind = Match::Kind::route;
  match.route = &route;
  match.proxy = std::get_if<api::ProxyTo>(&route.action);
  match.answer = std::get_if<api::FixedAnswer>(&route.action);
  match.refusal = std::get_if<api::Refusal>(&route.action);
  return match;
}

}  // namespace

std::shared_ptr<const CompiledHost> compile_host(api::Ref<api::Host> host) {
  auto compiled = std::make_shared<CompiledHost>();
  const auto& routes = host->value.routes;
  for (std::uint32_t i = 0; i < routes.size(); ++i) {
    const api::Route& route = routes[i];
    if (std::holds_alternative<api::Refusal>(route.action)) compiled->refuses = true;
    if (route.listeners.has(api::Listener::http)) compiled->http.add(route.type, route.path, i);
    if (route.listeners.has(api::Listener::https)) compiled->https.add(route.type, route.path, i);
    if (route.listeners.has(api::Listener::federation)) compiled->federation.add(route.type, route.path, i);
  }
  compiled->http.seal();
  compiled->https.seal();
  compiled->federation.seal();
  compiled->source = std::move(host);
  return compiled;
}

std::string_view normalize_host(std::string_view host_header, std::string& scratch) {
  if (host_header.size() > kMaxHostName + 8) return {};  // room for a dot and a port
  if (host_header.starts_with('[')) return normalize_ipv6(host_header, scratch);
  const std::size_t colon = host_header.find(':');
  std::string_view name = host_header.substr(0, colon);
  if (colon != std::string_view::npos && !is_port_suffix(host_header.substr(colon))) return {};
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxHostName) return {};
  scratch.clear();
  char before = '.';
  for (const char raw : name) {
    const char c = ascii_lower(raw);
    if (c == '.' ? before == '.' : !is_label_char(c)) return {};
    scratch.push_back(c);
    before = c;
  }
  return before == '.' ? std::string_view() : std::string_view(scratch);
}

void Router::put(std::shared_ptr<const CompiledHost> host) {
  const std::string& name = host->source->value.name;
  hosts_.put(name, std::move(host));
}

void Router::drop(std::string_view name) { hosts_.drop(name); }

void Router::set_default_route(const std::optional<api::Route>& route) {
  default_.reset();
  if (!route) return;
  api::Host host;
  host.routes.push_back(*route);
  default_ = compile_host(api::seal(std::move(host)));
}

const CompiledHost* Router::find_host(std::string_view host) const {
  if (const auto* exact = hosts_.find(host)) return exact->get();
  WildcardBuffer buffer;
  if (const auto wildcard = wildcard_of(host, buffer); !wildcard.empty()) {
    if (const auto* found = hosts_.find(wildcard)) return found->get();
  }
  const auto* any = hosts_.find("*");
  return any == nullptr ? nullptr : any->get();
}

Match Router::match(api::Listener listener, std::string_view host, std::string_view target) const {
  const std::string_view path = target.substr(0, target.find('?'));
  if (host.empty()) return {};
  const CompiledHost* found = find_host(host);
  if (found != nullptr) {
    const PathTable& table = table_of(*found, listener);
    if (const auto index = table.match(path); index != PathTable::kNone) {
      const api::Route& route = found->source->value.routes[index];
      if (std::holds_alternative<api::ProxyTo>(route.action) && escapes(*found, table, index, path)) {
        Match match;
        match.kind = Match::Kind::escapes;
        match.route = &route;
        return match;
      }
      return take(route);
    }
    if (listener == api::Listener::http && found->source->value.redirect_to_https &&
        !path.starts_with(kAcmePrefix)) {
      Match match;
      match.kind = Match::Kind::redirect_to_https;
      return match;
    }
    Match match;
    match.kind = Match::Kind::no_route;
    return match;
  }
  if (default_ == nullptr || table_of(*default_, listener).match(path) == PathTable::kNone) return {};
  return take(default_->source->value.routes.front());
}

}  // namespace palpo::routing
