// SPDX-License-Identifier: Apache-2.0
#include "base/duration.h"

#include <gtest/gtest.h>

namespace palpo {
namespace {

using std::chrono::milliseconds;

TEST(Duration, IsAWholeNumberWithAUnit) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
  EXPECT_EQ(parse_duration("5m"), milliseconds(300'000));
  EXPECT_EQ(parse_duration("1440m"), milliseconds(86'400'000));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
  for (const auto* text :
       {"", "5", "s", "-1s", "1.5s", "5h", "5 s", "1441m", "86401s", "99999999999ms", "5sx"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, IsWrittenWithTheLargestUnitThatFits) {
  for (const auto* text : {"500ms", "1500ms", "30s", "90s", "5m"})
    EXPECT_EQ(duration_text(*parse_duration(text)), text);
}

}  // namespace
}  // namespace palpo
