// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/names.h"

#include <algorithm>
#include <charconv>

#include "base/net_address.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

constexpr std::string_view kAcme = "/.well-known/acme-challenge";

bool is_label(std::string_view label) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (label.empty() || label.size() > 63) return false;
  if (!alphanumeric(label.front()) || !alphanumeric(label.back())) return false;
  return std::all_of(label.begin(), label.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
}

}  // namespace

bool is_dns_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || is_ip_literal(text)) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_wildcard_name(std::string_view text) { return text.starts_with("*.") && is_dns_name(text.substr(2)); }

bool wildcard_covers(std::string_view wildcard, std::string_view host) {
  if (!wildcard.starts_with("*.")) return false;
  const auto dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && host.substr(dot) == wildcard.substr(1) &&
         host.front() != '*';
}

std::string normal_prefix(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

bool is_acme_path(std::string_view path) {
  return path.starts_with(kAcme) && (path.size() == kAcme.size() || path[kAcme.size()] == '/');
}

Result<ServerName> parse_server_name(std::string_view text) {
  const std::string quoted = api::shown(text);
  if (text.empty()) return invalid("it is empty");
  ServerName name;
  const auto colon = text.rfind(':');
  if (text.starts_with('[') || is_ip_literal(text) || is_ip_literal(text.substr(0, colon))) {
    return invalid(quoted + " is an IP address: only names are served");
  }
  name.host = std::string(text.substr(0, colon));
  if (colon != std::string_view::npos) {
    const auto digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || end != digits.data() + digits.size() || port == 0) {
      return invalid(quoted + " has no usable port after its colon");
    }
    name.port = port;
  }
  if (!is_dns_name(name.host)) return invalid(quoted + " is not a host name in lower case");
  return name;
}

}  // namespace palpo::translate
