// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/names.h"

#include <algorithm>

#include "base/digest.h"
#include "base/net_address.h"
#include "base/printable.h"

namespace palpo::api {
namespace {

constexpr std::size_t kMaxDnsName = 253;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxResourceName = 512;
constexpr std::size_t kMaxPath = 8192;
constexpr std::size_t kMaxHeaderValue = 1024;
constexpr std::size_t kMaxBody = std::size_t{64} << 10;
constexpr std::size_t kMaxChain = std::size_t{256} << 10;

bool is_graphic(char c) {
  return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

TextFault too_long(std::size_t size, std::size_t limit) {
  return "is " + std::to_string(size) + " bytes long; at most " + std::to_string(limit) + " are allowed";
}

TextFault label_fault(std::string_view label, bool lower_case) {
  if (label.empty()) return "has an empty label";
  if (label.size() > kMaxLabel) return "has a label of more than 63 bytes";
  for (const char c : label) {
    if (is_lower(c) || is_digit(c) || c == '-' || c == '_' || (is_upper(c) && !lower_case)) continue;
    if (is_upper(c)) return "is not in lower case";
    if (c == '*') return "has a '*' elsewhere than as its first label";
    return "may hold letters, digits, '-', '_' and '.' only, but has " + shown({&c, 1});
  }
  if (label.front() == '-' || label.back() == '-') return "has a label that begins or ends with '-'";
  return std::nullopt;
}

TextFault dns_name_fault(std::string_view name, bool lower_case) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxDnsName) return too_long(name.size(), kMaxDnsName);
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('.', begin), name.size());
    if (auto fault = label_fault(name.substr(begin, end - begin), lower_case)) return fault;
    begin = end + 1;
  }
  return std::nullopt;
}

}  // namespace

TextFault host_name_fault(std::string_view name) {
  if (name == "*") return std::nullopt;
  if (name.size() > kMaxDnsName) return too_long(name.size(), kMaxDnsName);
  const bool wildcard = name.substr(0, 2) == "*.";
  return dns_name_fault(wildcard ? name.substr(2) : name, true);
}

TextFault address_fault(std::string_view address) {
  if (is_ip_literal(address)) return std::nullopt;
  if (auto fault = dns_name_fault(address, false)) return fault;
  const auto last = address.substr(address.rfind('.') + 1);
  // Resolvers take a number, hexadecimal too, for an IPv4 address (WHATWG URL, "ends in a number").
  const bool hexadecimal = last.starts_with("0x") || last.starts_with("0X");
  if (hexadecimal || std::all_of(last.begin(), last.end(), is_digit))
    return "is neither an IP address nor a DNS name";
  return std::nullopt;
}

TextFault path_fault(std::string_view path) {
  if (path.empty() || path.front() != '/') return "does not begin with '/'";
  if (path.size() > kMaxPath) return too_long(path.size(), kMaxPath);
  for (const char c : path) {
    if (c == '?' || c == '#') return std::string("has a '") + c + "', which cannot stand in a request's path";
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return "has a blank or a control byte";
  }
  if (!is_utf8(path)) return "is not valid UTF-8";
  return std::nullopt;
}

TextFault resource_name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxResourceName) return too_long(name.size(), kMaxResourceName);
  for (const char c : name)
    if (!is_graphic(c)) return "may hold printable ASCII without blanks only";
  return std::nullopt;
}

TextFault owner_fault(std::string_view owner) {
  return owner.empty() ? std::nullopt : resource_name_fault(owner);
}

TextFault header_value_fault(std::string_view value) {
  if (value.size() > kMaxHeaderValue) return too_long(value.size(), kMaxHeaderValue);
  for (const char c : value)
    if (!is_graphic(c) && c != ' ') return "may hold printable ASCII only: no line ends, no control bytes";
  if (!value.empty() && (value.front() == ' ' || value.back() == ' ')) return "begins or ends with a blank";
  return std::nullopt;
}

TextFault key_id_fault(std::string_view key_id) {
  if (Digest::from_hex(key_id)) return std::nullopt;
  return "is not 64 lower-case hexadecimal digits";
}

TextFault body_fault(std::string_view body) {
  if (body.size() > kMaxBody) return too_long(body.size(), kMaxBody);
  if (!is_utf8(body)) return "is not valid UTF-8";
  return std::nullopt;
}

TextFault chain_fault(std::string_view chain_pem) {
  if (chain_pem.size() > kMaxChain) return too_long(chain_pem.size(), kMaxChain);
  if (!is_utf8(chain_pem)) return "has bytes that are not UTF-8 text";
  return std::nullopt;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto step = utf8_step(text);
    if (!step.valid) return false;
    text.remove_prefix(step.size);
  }
  return true;
}

std::string shown(std::string_view text) {
  const auto part = utf8_prefix(text, 80);
  return in_quotes(part) + (part.size() < text.size() ? "..." : "");
}

}  // namespace palpo::api
