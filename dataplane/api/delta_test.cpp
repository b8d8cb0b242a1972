// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/delta.h"

#include <gtest/gtest.h>

#include "dataplane/api/version.h"

namespace palpo::api {
namespace {

Ref<Cluster> cluster(const std::string& name, std::uint16_t port = 80) {
  return seal(Cluster{.name = name, .endpoints = {{"10.0.0.1", port}}});
}

Snapshot snapshot_of(const std::vector<Ref<Cluster>>& clusters) {
  Snapshot snapshot;
  for (const auto& each : clusters) snapshot.clusters[each->value.name] = each;
  return snapshot;
}

std::vector<std::string> names(const std::vector<Ref<Cluster>>& clusters) {
  std::vector<std::string> found;
  found.reserve(clusters.size());
  for (const auto& each : clusters) found.push_back(each->value.name);
  return found;
}

TEST(Delta, OfEqualSnapshotsIsEmpty) {
  const auto a = snapshot_of({cluster("a"), cluster("b")});
  const auto b = snapshot_of({cluster("a"), cluster("b")});
  EXPECT_TRUE(diff(a, a).empty());
  EXPECT_TRUE(diff(a, b).empty());  // other pointers, same content
}

TEST(Delta, PutsWhatIsNewOrChangedAndDropsTheRest) {
  const auto a = snapshot_of({cluster("changed"), cluster("dropped"), cluster("kept")});
  auto b = snapshot_of({cluster("added"), cluster("changed", 81), cluster("kept"), cluster("z")});
  b.settings = seal(Settings{.default_route = default_route_to("kept")});
  const auto delta = diff(a, b);
  EXPECT_EQ(names(delta.put_clusters), (std::vector<std::string>{"added", "changed", "z"}));
  EXPECT_EQ(delta.drop, (std::vector<ResourceId>{{ResourceKind::cluster, "dropped"}}));
  EXPECT_EQ(delta.put_settings, b.settings);
  EXPECT_TRUE(delta.put_hosts.empty());
}

TEST(Delta, AppliedSharesWhatDidNotChange) {
  const auto a = snapshot_of({cluster("changed"), cluster("kept")});
  const auto b = snapshot_of({cluster("changed", 81), cluster("kept")});
  const auto next = apply(a, diff(a, b));
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(version_of(*next), version_of(b));
  EXPECT_EQ(next->clusters.at("kept"), a.clusters.at("kept"));
  EXPECT_EQ(a.clusters.at("changed")->value.endpoints[0].port, 80);
}

TEST(Delta, ThatDoesNotFitItsBaseIsAnError) {
  const auto base = snapshot_of({cluster("a"), cluster("b")});
  struct Case {
    Delta delta;
    std::string error;
  };
  const Case cases[] = {
      {{.drop = {{ResourceKind::cluster, "c"}}}, "cluster c is dropped, but it is not there"},
      {{.drop = {{ResourceKind::host, "a"}}}, "host a is dropped, but it is not there"},
      {{.drop = {{ResourceKind::cluster, "a"}, {ResourceKind::cluster, "a"}}},
       "cluster a is dropped, but it is not there"},
      {{.put_clusters = {cluster("x"), cluster("a"), cluster("x")}}, "cluster x is put twice"},
      {{.put_clusters = {cluster("a", 81)}, .drop = {{ResourceKind::cluster, "a"}}},
       "cluster a is both put and dropped"},
      {{.drop = {{ResourceKind::settings, ""}}}, "settings cannot be dropped"},
  };
  for (const auto& each : cases) {
    const auto next = apply(base, each.delta);
    ASSERT_FALSE(next.ok()) << each.error;
    EXPECT_EQ(next.error().message, each.error);
  }
}

}  // namespace
}  // namespace palpo::api
