// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace palpo {
namespace {

using std::chrono::microseconds;

struct Case {
  std::int64_t micros;
  const char* seconds_text;
  const char* micro_text;
};

TEST(Clock, WritesRfc3339) {
  const Case cases[] = {
      {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
      {1, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z"},
      {-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999999Z"},
      {1'769'860'800'123'456, "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456Z"},
      {951'782'399'999'999, "2000-02-28T23:59:59Z", "2000-02-28T23:59:59.999999Z"},
      {951'782'400'000'000, "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z"},
      {4'102'444'800'000'000, "2100-01-01T00:00:00Z", "2100-01-01T00:00:00.000000Z"},
  };
  for (const auto& c : cases) {
    const WallClock::time_point when{microseconds(c.micros)};
    EXPECT_EQ(rfc3339(when), c.seconds_text);
    EXPECT_EQ(rfc3339_micro(when), c.micro_text);
  }
}

TEST(Clock, CutsNanosecondsDown) {
  const WallClock::time_point when{std::chrono::nanoseconds(999)};
  EXPECT_EQ(rfc3339_micro(when), "1970-01-01T00:00:00.000000Z");
}

TEST(Clock, TheBootClockGoesForwardInRealSeconds) {
  const auto began = BootClock::now();
  const auto steady = Clock::now();
  while (Clock::now() - steady < std::chrono::milliseconds(5)) {
  }
  EXPECT_GE(BootClock::now() - began, std::chrono::milliseconds(5));
  EXPECT_LT(BootClock::now() - began, std::chrono::minutes(1));
}

}  // namespace
}  // namespace palpo
