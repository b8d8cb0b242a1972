// SPDX-License-Identifier: Apache-2.0
#include "dataplane/app/capacity.h"

#include <gtest/gtest.h>

#include <climits>
#include <cstdint>

namespace palpo::app {
namespace {

constexpr std::uint64_t kGiB = 1 << 30;

TEST(Capacity, FollowsWhatThereIsLessOf) {
  EXPECT_EQ(capacity_of(0, 1'048'576, 0).connections, 524'160U);
  EXPECT_EQ(capacity_of(0, 1'048'576, 64 * kGiB).connections, 503'316U);
  EXPECT_EQ(capacity_of(0, 1'048'576, kGiB / 2).connections, 3'932U);
  EXPECT_EQ(capacity_of(0, 4096, kGiB / 2).connections, 1'920U);
  EXPECT_EQ(capacity_of(0, 1024, 64 * kGiB).connections, 384U);
  EXPECT_EQ(capacity_of(0, 128, 64 * kGiB).connections, 32U);
  EXPECT_EQ(capacity_of(0, 1, 1).connections, 1U);
}

TEST(Capacity, IsWhatWasAskedFor) { EXPECT_EQ(capacity_of(40, 1024, 1).connections, 40U); }

TEST(Capacity, KeepsDescriptorsForWhatMustWork) {
  EXPECT_EQ(capacity_of(0, 1024, 0).descriptors, 928U);
  EXPECT_EQ(capacity_of(9, 128, 0).descriptors, 96U);
  EXPECT_EQ(capacity_of(0, SIZE_MAX, 0).descriptors, std::size_t{INT_MAX});  // no limit
}

}  // namespace
}  // namespace palpo::app
