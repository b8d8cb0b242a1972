// SPDX-License-Identifier: Apache-2.0
#include "base/option_values.h"

#include <gtest/gtest.h>

namespace palpo {
namespace {

using std::chrono::milliseconds;

std::string fault_of(const ParseOption& parse, std::string_view value) {
  const auto parsed = parse(value);
  return parsed ? "" : parsed.error().message;
}

TEST(OptionValues, AreReadIntoTheirTarget) {
  std::string text, address;
  milliseconds duration{};
  std::uint16_t port = 0;
  std::optional<bool> on;
  EXPECT_EQ(fault_of(into_text(text), "x y"), "");
  EXPECT_EQ(fault_of(into_address(address), "name:80"), "");
  EXPECT_EQ(fault_of(into_duration(duration), "500ms"), "");
  EXPECT_EQ(fault_of(into_port(port), "65535"), "");
  EXPECT_EQ(fault_of(into_choice(on, parse_on_off, "on or off"), "off"), "");
  EXPECT_EQ(text, "x y");
  EXPECT_EQ(address, "name:80");
  EXPECT_EQ(duration, milliseconds(500));
  EXPECT_EQ(port, 65535);
  EXPECT_EQ(on, false);
}

TEST(OptionValues, FaultsNameTheValueAndWhatWouldBeRight) {
  std::string text = "kept";
  milliseconds duration{7};
  std::uint16_t port = 7;
  EXPECT_EQ(fault_of(into_text(text), ""), "the value is empty");
  EXPECT_EQ(fault_of(into_address(text, ListenHost::ip_literal), "name:80"), "\"name\" is not an IP address");
  EXPECT_EQ(fault_of(into_port(port), "65536"), "\"65536\" is not a port (1 to 65535)");
  EXPECT_EQ(fault_of(into_port(port), "1\n"), "\"1\\n\" is not a port (1 to 65535)");
  EXPECT_EQ(fault_of(into_duration(duration), "15"),
            "\"15\" is not a duration of at most a day like 500ms, 30s or 5m");
  EXPECT_EQ(fault_of(into_duration(duration, milliseconds(1)), "0s"), "\"0s\" is less than 1ms");
  EXPECT_EQ(text, "kept");
  EXPECT_EQ(duration, milliseconds(7));
  EXPECT_EQ(port, 7);
}

}  // namespace
}  // namespace palpo
