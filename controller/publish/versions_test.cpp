// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/versions.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "dataplane/api/version.h"

namespace palpo::publish {
namespace {

api::Delta put(const std::string& name, std::uint16_t port) {
  api::Delta delta;
  delta.put_clusters = {api::seal(api::Cluster{name, {{"10.0.0.1", port}}})};
  return delta;
}

TEST(Versions, WhatSomebodyHoldsStaysAsItIs) {
  Versions versions;
  const auto one = versions.advance(put("a", 1));
  const auto two = versions.advance(put("a", 2));
  EXPECT_EQ(one->clusters.at("a")->value.endpoints.front().port, 1);
  EXPECT_EQ(two->clusters.at("a")->value.endpoints.front().port, 2);
  EXPECT_EQ(versions.newest(), two);
  EXPECT_EQ(versions.advance({}), two) << "nothing has changed";
}

TEST(Versions, WhatNobodyHoldsIsMadeTheNext) {
  Versions versions;
  const auto* const first = versions.advance(put("a", 1)).get();
  const auto held = versions.advance(put("b", 1));
  const auto third = versions.advance(put("c", 1));
  EXPECT_EQ(third.get(), first);
  EXPECT_EQ(third->clusters.size(), 3u);
  EXPECT_EQ(held->clusters.size(), 2u);
}

// Random changes, and holders that come and go: every version is what its changes made of it.
TEST(Versions, AreWhatAWholeCopyWouldBe) {
  std::mt19937 random(7);
  Versions versions;
  api::Snapshot copy;
  std::vector<std::pair<std::shared_ptr<const api::Snapshot>, Digest>> held;
  for (int i = 0; i < 500; ++i) {
    const auto name = "c" + std::to_string(random() % 20);
    api::Delta change = put(name, static_cast<std::uint16_t>(1 + random() % 9));
    if (random() % 3 == 0 && copy.clusters.contains(name)) {
      change.put_clusters.clear();
      change.drop = {{api::ResourceKind::cluster, name}};
    }
    copy = api::apply(copy, change).value();
    held.emplace_back(versions.advance(change), api::version_of(copy));
    while (!held.empty() && random() % 5 < 3)
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(random() % held.size()));
    for (const auto& [snapshot, version] : held) ASSERT_EQ(api::version_of(*snapshot), version);
  }
}

}  // namespace
}  // namespace palpo::publish
