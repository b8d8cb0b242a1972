// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/names.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/dns_name.h"
#include "base/net_address.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

constexpr std::string_view kAcme = "/.well-known/acme-challenge";

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_ascii_digit);
}

// The host of "https://host:port/path", of "host:port", of "host/path".
std::string host_within(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find_first_of("/?#"));
  if (const auto at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) text = text.substr(0, colon);
  while (text.ends_with('.')) text.remove_suffix(1);
  return ascii_lowered(text);
}

// "is a URL" and what to write instead, if there is a name in it.
std::string instead(std::string_view what, std::string_view text, std::string_view advice) {
  const auto host = host_within(text);
  std::string words(what);
  words.append(": ").append(advice);
  if (is_dns_name(host) || is_wildcard_name(host)) words.append(", ").append(host);
  return words;
}

}  // namespace

std::optional<std::string> host_fault(std::string_view text, bool wildcards) {
  constexpr std::string_view kAlone = "write the host name alone";
  if (is_dns_name(text) || (wildcards && is_wildcard_name(text))) return std::nullopt;
  if (text.empty()) return "is empty";
  if (text.find("://") != std::string_view::npos) return instead("is a URL", text, kAlone);
  if (text.find('/') != std::string_view::npos) return instead("has a path", text, kAlone);
  const auto colon = text.rfind(':');
  if (is_ip_literal(text) || text.front() == '[' || is_ip_literal(text.substr(0, colon)))
    return "is an IP address: only names are served";
  if (colon != std::string_view::npos && is_number(text.substr(colon + 1)))
    return instead("carries a port", text, kAlone);
  if (text.ends_with('.')) return instead("ends with a dot", text, kAlone);
  if (ascii_lowered(text) != text) return instead("has capital letters", text, "write it in lower case");
  if (text.find('*') != std::string_view::npos)
    return wildcards ? "is no host name: a wildcard stands for the whole first label, as in *.example.com"
                     : "is a wildcard: write one host name";
  return "is not a host name: labels of letters, digits and hyphens, with dots between them";
}

std::optional<std::string> object_name_fault(std::string_view text, std::string_view kind) {
  const std::string name(kind);
  if (text.empty()) return "is empty";
  if (text.find("://") != std::string_view::npos)
    return "is a URL: write the name of a " + name + " of the same namespace";
  if (text.find('/') != std::string_view::npos)
    return "has a slash: only a " + name + " of the object's own namespace can be used, write its name alone";
  if (const auto colon = text.rfind(':');
      colon != std::string_view::npos && is_number(text.substr(colon + 1)))
    return "carries a port: write the name alone, and the port as port";
  if (ascii_lowered(text) != text) return "has capital letters: names are in lower case";
  if (kind == "Service" && is_dns_name(text) && text.find('.') != std::string_view::npos)
    return "is a DNS name: write the name of a Service of the same namespace, " +
           std::string(text.substr(0, text.find('.'))) +
           "; for a host outside of the cluster make a Service of type ExternalName";
  if (!is_dns_name(text)) return "is not the name of a " + name;
  return std::nullopt;
}

bool is_dns_name(std::string_view text) {
  // Kubernetes' names have no underscore (RFC 1123).
  return text.find('_') == std::string_view::npos && !dns_name_fault(text, LetterCase::lower) &&
         !is_ip_literal(text);
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
  ServerName name;
  const bool is_url = text.find('/') != std::string_view::npos;
  const auto colon = is_url || is_ip_literal(text) ? std::string_view::npos : text.rfind(':');
  name.host = std::string(text.substr(0, colon));
  if (const auto fault = host_fault(name.host, false)) {
    return invalid((name.host == text ? quoted : quoted + ": " + api::shown(name.host)) + " " + *fault);
  }
  if (colon != std::string_view::npos) {
    const auto digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || end != digits.data() + digits.size() || port == 0) {
      return invalid(quoted + " has no usable port after its colon");
    }
    name.port = port;
  }
  return name;
}

}  // namespace palpo::translate
