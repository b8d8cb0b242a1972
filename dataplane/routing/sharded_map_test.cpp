// SPDX-License-Identifier: Apache-2.0
#include "dataplane/routing/sharded_map.h"

#include <gtest/gtest.h>

#include <string>

namespace palpo::routing {
namespace {

using Map = ShardedMap<std::shared_ptr<const int>>;
std::shared_ptr<const int> boxed(int value) { return std::make_shared<const int>(value); }

TEST(ShardedMap, FindsWhatWasPutAndNotWhatWasDropped) {
  Map map;
  EXPECT_EQ(map.find("a"), nullptr);
  map.put("a", boxed(1));
  map.put("b", boxed(2));
  map.put("a", boxed(3));
  ASSERT_NE(map.find("a"), nullptr);
  EXPECT_EQ(**map.find("a"), 3);
  EXPECT_EQ(map.size(), 2u);
  map.drop("a");
  map.drop("never there");
  EXPECT_EQ(map.find("a"), nullptr);
  EXPECT_EQ(map.size(), 1u);
}

TEST(ShardedMap, CopiesShareAndDoNotSeeEachOthersChanges) {
  Map before;
  for (int i = 0; i < 1000; ++i) before.put("host" + std::to_string(i), boxed(i));
  Map after = before;
  after.put("host7", boxed(-7));
  after.drop("host8");
  after.put("new", boxed(1000));
  EXPECT_EQ(**before.find("host7"), 7);
  EXPECT_EQ(**before.find("host8"), 8);
  EXPECT_EQ(before.find("new"), nullptr);
  EXPECT_EQ(**after.find("host7"), -7);
  EXPECT_EQ(after.find("host8"), nullptr);
  EXPECT_EQ(before.size(), 1000u);
  EXPECT_EQ(after.size(), 1000u);

  std::size_t shared = 0;  // the entries themselves, by address: shards that no change touched are one
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "host" + std::to_string(i);
    if (before.find(name) == after.find(name)) ++shared;
  }
  EXPECT_GT(shared, 950u);
}

TEST(ShardedMap, WritesInPlaceWhatNobodyShares) {
  Map map;
  map.put("a", boxed(1));
  const auto* place = map.find("a");
  map.put("a", boxed(2));
  EXPECT_EQ(map.find("a"), place);
}

}  // namespace
}  // namespace palpo::routing
