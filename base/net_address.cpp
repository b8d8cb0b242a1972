// SPDX-License-Identifier: Apache-2.0
#include "base/net_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

#include "base/dns_name.h"
#include "base/printable.h"

namespace palpo {
namespace {

bool is_family(int family, std::string_view text) {
  in6_addr buffer{};
  const std::string terminated(text);
  // An embedded NUL would hide what follows it from inet_pton.
  return text.find('\0') == std::string_view::npos && inet_pton(family, terminated.c_str(), &buffer) == 1;
}

bool is_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  return !dns_name_fault(text, LetterCase::any) && !ends_in_a_number(text);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.size() > 5 || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

Error refused(std::string_view text, std::string_view why) {
  return invalid(in_quotes(text) + " is not ADDRESS:PORT: " + std::string(why));
}

}  // namespace

std::string NetAddress::text() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

bool is_ip_literal(std::string_view text) { return is_family(AF_INET, text) || is_family(AF_INET6, text); }

Result<NetAddress> parse_net_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (text.empty()) return refused(text, "it is empty");
  if (text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return refused(text, "the closing bracket is missing");
    const auto host = text.substr(1, close - 1);
    if (!is_family(AF_INET6, host)) return refused(text, "only an IPv6 address goes between brackets");
    if (colon != close + 1) return refused(text, "the port is missing");
  } else {
    if (is_family(AF_INET6, text) && text.size() > 2) return refused(text, "an IPv6 address needs brackets");
    if (colon == std::string_view::npos) return refused(text, "the port is missing");
  }
  const auto port = parse_port(text.substr(colon + 1));
  if (colon + 1 == text.size()) return refused(text, "the port is missing");
  if (!port) return refused(text, "the port must be a number from 0 to 65535");
  auto host = text.substr(0, colon);
  if (host.starts_with('['))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return refused(text, "an IPv6 address needs brackets");
  else if (!host.empty() && !is_family(AF_INET, host) && !is_name(host))
    return refused(text, "the host is neither an IP address nor a name");
  return NetAddress{std::string(host), *port};
}

}  // namespace palpo
