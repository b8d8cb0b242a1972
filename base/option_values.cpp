// SPDX-License-Identifier: Apache-2.0
#include "base/option_values.h"

#include "base/duration.h"
#include "base/net_address.h"
#include "base/printable.h"

namespace palpo {

Error not_a(std::string_view value, std::string_view what) {
  return invalid(in_quotes(value) + " is not " + std::string(what));
}

ParseOption into_text(std::string& target) {
  return [&target](std::string_view value) -> Result<void> {
    if (value.empty()) return invalid("the value is empty");
    target = value;
    return {};
  };
}

ParseOption into_address(std::string& target, ListenHost host) {
  return [&target, host](std::string_view value) -> Result<void> {
    const auto address = parse_net_address(value);
    if (!address) return address.error();
    if (host == ListenHost::ip_literal && !address->host.empty() && !is_ip_literal(address->host))
      return not_a(address->host, "an IP address");
    target = value;
    return {};
  };
}

ParseOption into_duration(std::chrono::milliseconds& target, std::chrono::milliseconds least) {
  return [&target, least](std::string_view value) -> Result<void> {
    const auto duration = parse_duration(value);
    if (!duration) return not_a(value, kDurationWords);
    if (*duration < least) return invalid(in_quotes(value) + " is less than " + duration_text(least));
    target = *duration;
    return {};
  };
}

std::optional<bool> parse_on_off(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return std::nullopt;
}

}  // namespace palpo
