// SPDX-License-Identifier: Apache-2.0
#include "base/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace palpo {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, StaysBetweenHalfAndTheWhole) {
  const std::array<int, 8> wholes{100, 200, 400, 800, 1000, 1000, 1000, 1000};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff(100ms, 1000ms, seed);
    for (const int whole : wholes) {
      const auto wait = backoff.next().count();
      EXPECT_GE(wait, whole / 2);
      EXPECT_LE(wait, whole);
    }
  }
}

TEST(Backoff, SpreadsItsWaits) {
  std::set<std::int64_t> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) seen.insert(Backoff(1000ms, 1000ms, seed).next().count());
  EXPECT_GT(seen.size(), 50U);
  EXPECT_LT(*seen.begin(), 600);
  EXPECT_GT(*seen.rbegin(), 900);
}

TEST(Backoff, GrowsAndResets) {
  Backoff backoff(100ms, 60s, 1);
  for (int i = 0; i < 30; ++i) backoff.next();
  EXPECT_GE(backoff.next(), 30s);
  backoff.reset();
  EXPECT_LE(backoff.next(), 100ms);
}

TEST(Backoff, NeverOverflows) {
  const auto longest = Backoff::Duration::max() / 2;
  Backoff backoff(1ms, longest, 1);
  for (int i = 0; i < 500; ++i) {
    const auto wait = backoff.next();
    ASSERT_GT(wait.count(), 0);
    ASSERT_LE(wait, longest);
  }
}

}  // namespace
}  // namespace palpo
