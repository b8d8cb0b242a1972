// SPDX-License-Identifier: Apache-2.0
// ADDRESS:PORT texts of options and objects. Pure, any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace palpo {

struct NetAddress {
  std::string host;  // an IP literal without brackets, or a name; empty: every address
  std::uint16_t port = 0;
  std::string text() const;  // brackets around IPv6
};

// "127.0.0.1:80", "[::1]:80", ":80"; "name:80". Errors say what is missing.
Result<NetAddress> parse_net_address(std::string_view text);
bool is_ip_literal(std::string_view text);  // IPv4 or IPv6 without brackets

}  // namespace palpo
