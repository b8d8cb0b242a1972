// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/names.h"

#include "base/digest.h"
#include "base/dns_name.h"
#include "base/net_address.h"
#include "base/printable.h"

namespace palpo::api {
namespace {

constexpr std::size_t kMaxDnsName = 253;
constexpr std::size_t kMaxResourceName = 512;
constexpr std::size_t kMaxPath = 8192;
constexpr std::size_t kMaxHeaderValue = 1024;
constexpr std::size_t kMaxBody = std::size_t{64} << 10;
constexpr std::size_t kMaxChain = std::size_t{256} << 10;

bool is_graphic(char c) {
  return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
}
TextFault too_long(std::size_t size, std::size_t limit) {
  return "is " + std::to_string(size) + " bytes long; at most " + std::to_string(limit) + " are allowed";
}

}  // namespace

TextFault host_name_fault(std::string_view name) {
  if (name == "*") return std::nullopt;
  if (name.size() > kMaxDnsName) return too_long(name.size(), kMaxDnsName);
  const bool wildcard = name.substr(0, 2) == "*.";
  return dns_name_fault(wildcard ? name.substr(2) : name, LetterCase::lower);
}

TextFault address_fault(std::string_view address) {
  if (is_ip_literal(address)) return std::nullopt;
  if (auto fault = dns_name_fault(address, LetterCase::any)) return fault;
  if (ends_in_a_number(address)) return "is neither an IP address nor a DNS name";
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
