// SPDX-License-Identifier: Apache-2.0
#include "controller/app/option_values.h"

#include <charconv>

#include "base/duration.h"
#include "base/net_address.h"

namespace palpo::app {
namespace {

// 1 to 65535.
std::uint16_t parse_number(std::string_view value) {
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
  return failed != std::errc() || end != value.data() + value.size() ? 0 : number;
}

Error not_a(std::string_view value, std::string_view what) {
  return invalid("\"" + std::string(value) + "\" is not " + std::string(what));
}

bool is_name(std::string_view text, std::size_t longest, std::string_view characters) {
  if (text.empty() || text.size() > longest) return false;
  for (const char end : {text.front(), text.back()})
    if (end == '.' || end == '-') return false;
  return text.find_first_not_of(characters) == std::string_view::npos;
}

}  // namespace

Parse into_text(std::string& target) {
  return [&target](std::string_view value) -> Result<void> {
    if (value.empty()) return invalid("the value is empty");
    target = value;
    return {};
  };
}

Parse into_address(std::string& target) {
  return [&target](std::string_view value) -> Result<void> {
    if (const auto address = parse_net_address(value); !address) return address.error();
    target = value;
    return {};
  };
}

Parse into_port(std::uint16_t& target) {
  return [&target](std::string_view value) -> Result<void> {
    const auto port = parse_number(value);
    if (port == 0) return not_a(value, "a port (1 to 65535)");
    target = port;
    return {};
  };
}

Parse into_seconds(std::chrono::seconds& target) {
  return [&target](std::string_view value) -> Result<void> {
    const auto seconds = parse_number(value);
    if (seconds == 0) return not_a(value, "a number of seconds (1 to 65535)");
    target = std::chrono::seconds(seconds);
    return {};
  };
}

Parse into_duration_or_none(std::chrono::milliseconds& target) {
  return [&target](std::string_view value) -> Result<void> {
    const auto duration = parse_duration(value);
    if (!duration) return not_a(value, kDurationWords);
    target = *duration;
    return {};
  };
}

Parse into_duration(std::chrono::milliseconds& target) {
  return [&target](std::string_view value) -> Result<void> {
    if (const auto duration = parse_duration(value); duration && duration->count() == 0)
      return not_a(value, kDurationWords);
    return into_duration_or_none(target)(value);
  };
}

Result<kube::ObjectKey> parse_key(std::string_view value) {
  const auto slash = value.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == value.size() ||
      value.find('/', slash + 1) != std::string_view::npos)
    return not_a(value, "NAMESPACE/NAME");
  return kube::ObjectKey{std::string(value.substr(0, slash)), std::string(value.substr(slash + 1))};
}

bool is_namespace_name(std::string_view value) {
  return is_name(value, 63, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

bool is_published_address(std::string_view value) {
  return is_ip_literal(value) || is_name(value, 253, "abcdefghijklmnopqrstuvwxyz0123456789-.");
}

}  // namespace palpo::app
