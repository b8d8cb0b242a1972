// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/publisher.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "controller/publish/data_plane_for_test.h"
#include "controller/publish/snapshots_for_test.h"

namespace palpo::publish {
namespace {

struct PublisherTest : testing::Test {
  asio::io_context io{1};
  Metrics metrics;
  std::filesystem::path folder;
  std::string path;
  Publisher publisher{io, metrics};
  std::vector<PublishState> told;

  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "palpo-publish-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    path = (folder / "socket").string();
    publisher.on_state([this](const PublishState& state) { told.push_back(state); });
    const auto listening = publisher.listen(path);
    ASSERT_TRUE(listening) << listening.error().message;
  }
  void TearDown() override {
    publisher.close();
    std::filesystem::remove_all(folder);
  }
  void publish(const Draft& draft) {
    publisher.publish(api::diff(wanted, draft.snapshot), draft.ring(), ++generation);
    wanted = draft.snapshot;
  }
  testing::AssertionResult current() {
    if (run_until(
            io, [&] { return !told.empty() && told.back().current && told.back().generation == generation; }))
      return testing::AssertionSuccess();
    return testing::AssertionFailure() << "peers: " << publisher.state().peers.size();
  }
  bool until(const std::function<bool()>& condition) { return run_until(io, condition); }
  double value(const std::string& name) const {
    const auto text = metrics.expose();
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  }
  api::Snapshot wanted;
  std::uint64_t generation = 0;
};

TEST_F(PublisherTest, AConfigurationIsCurrentOnceEveryDataPlaneHasAcknowledgedIt) {
  const auto draft = Draft().cluster("a", 1).certificate("a", 0).host("a.example", "a", "a");
  publish(draft);
  EXPECT_TRUE(until([&] { return !told.empty(); }));
  EXPECT_FALSE(told.back().current) << "nobody serves it";

  TestDataPlane one(io), two(io);
  two.answers = false;
  one.connect(path);
  two.connect(path);
  ASSERT_TRUE(until([&] { return one.version && two.waiting && told.back().peers.size() == 2; }));
  EXPECT_FALSE(told.back().current);
  EXPECT_GT(value("palpo_ingress_publish_unacknowledged_seconds"), 0);
  EXPECT_EQ(value("palpo_ingress_publish_last_acknowledged_timestamp_seconds"), -1) << "never";
  EXPECT_EQ(value("palpo_ingress_publish_last_refused_timestamp_seconds"), -1) << "never";
  two.answer();
  ASSERT_TRUE(current());
  EXPECT_EQ(value("palpo_ingress_publish_unacknowledged_seconds"), 0);
  const double now = std::chrono::duration<double>(WallClock::now().time_since_epoch()).count();
  EXPECT_NEAR(value("palpo_ingress_publish_last_acknowledged_timestamp_seconds"), now, 60);
  EXPECT_EQ(one.serving.hosts.size(), 1u);
  EXPECT_EQ(one.keys, std::set<std::string>{test_certificate(0).key_id});
  EXPECT_EQ(told.back().wanted, version_of(draft.snapshot));
  EXPECT_EQ(told.back().peers[0].peer,
            "pid " + std::to_string(::getpid()) + " uid " + std::to_string(::getuid()));
  EXPECT_EQ(value("palpo_ingress_publish_acks_total"), 2);
  EXPECT_EQ(value("palpo_ingress_publish_peers"), 2);

  two.disconnect();
  ASSERT_TRUE(until([&] { return told.back().peers.size() == 1; }));
  EXPECT_TRUE(told.back().current);
}

TEST_F(PublisherTest, NothingIsSentToADataPlaneThatServesItAlready) {
  const auto draft = Draft().cluster("a", 1).certificate("a", 0).host("a.example", "a", "a");
  TestDataPlane plane(io);
  plane.connect(path);
  ASSERT_TRUE(until([&] { return plane.welcomes == 1; }));
  EXPECT_FALSE(publisher.state().current) << "nothing is published yet";
  publish(draft);
  ASSERT_TRUE(current());
  EXPECT_EQ(plane.updates, 1);

  plane.disconnect();
  ASSERT_TRUE(until([&] { return told.back().peers.empty(); }));
  plane.connect(path);
  ASSERT_TRUE(until([&] { return plane.welcomes == 2; }));
  ASSERT_TRUE(current());
  publish(draft);  // equal content, equal version
  ASSERT_TRUE(current());
  EXPECT_EQ(plane.updates, 1);
  EXPECT_EQ(value("palpo_ingress_publish_updates_total"), 1);
}

TEST_F(PublisherTest, ADataPlaneThatComesBackGetsTheDifference) {
  TestDataPlane plane(io);
  publish(Draft().cluster("a", 1).cluster("b", 1));
  plane.connect(path);
  ASSERT_TRUE(current());
  plane.disconnect();
  ASSERT_TRUE(until([&] { return told.back().peers.empty(); }));
  publish(Draft().cluster("a", 1).cluster("b", 2));
  plane.answers = false;
  plane.connect(path);
  ASSERT_TRUE(until([&] { return plane.waiting.has_value(); }));
  EXPECT_TRUE(plane.waiting->base.has_value());
  EXPECT_EQ(plane.waiting->delta.put_clusters.size(), 1u);
}

TEST_F(PublisherTest, ARefusedResourceIsHeldBackAndTheRestIsServed) {
  TestDataPlane plane(io);
  plane.refused_hosts = {"bad.example"};
  plane.connect(path);
  publish(Draft().cluster("a", 1).host("a.example", "a").host("bad.example", "a"));
  ASSERT_TRUE(current());
  EXPECT_TRUE(plane.serving.hosts.contains("a.example"));
  EXPECT_FALSE(plane.serving.hosts.contains("bad.example"));
  const std::map<api::ResourceId, std::string> refused{
      {{api::ResourceKind::host, "bad.example"}, "refused by the test"}};
  EXPECT_EQ(told.back().refused, refused);
  EXPECT_EQ(publisher.published().hosts.size(), 1u);
  EXPECT_EQ(value("palpo_ingress_publish_nacks_total"), 1);
  EXPECT_EQ(value("palpo_ingress_publish_held_back_resources"), 1);
  EXPECT_GT(value("palpo_ingress_publish_last_refused_timestamp_seconds"), 0);

  plane.refused_hosts.clear();
  publish(Draft().cluster("a", 1).host("a.example", "a").host("bad.example", "a", "", "/mended"));
  ASSERT_TRUE(current());
  EXPECT_TRUE(plane.serving.hosts.contains("bad.example"));
  EXPECT_TRUE(told.back().refused.empty());
}

TEST_F(PublisherTest, OneDataPlanesNoHoldsBackForAll) {
  TestDataPlane good(io), picky(io);
  picky.refused_hosts = {"bad.example"};
  good.connect(path);
  picky.connect(path);
  publish(Draft().cluster("a", 1).host("a.example", "a").host("bad.example", "a"));
  ASSERT_TRUE(current());
  EXPECT_EQ(version_of(good.serving), version_of(picky.serving));
}

TEST_F(PublisherTest, WaitingSnapshotsAreSkipped) {
  TestDataPlane plane(io);
  plane.answers = false;
  plane.connect(path);
  publish(Draft().cluster("a", 1));
  ASSERT_TRUE(until([&] { return plane.waiting.has_value(); }));
  for (std::uint16_t port = 2; port < 20; ++port) publish(Draft().cluster("a", port));
  plane.answers = true;
  plane.answer();
  ASSERT_TRUE(current());
  EXPECT_EQ(plane.updates, 2);
  EXPECT_EQ(plane.serving.clusters.at("a")->value.endpoints.at(0).port, 19);
}

TEST_F(PublisherTest, ABreachOfTheProtocolClosesThatDataPlaneAlone) {
  publish(Draft().cluster("a", 1));
  TestDataPlane good(io), bad(io);
  good.connect(path);
  bad.connect(path, false);
  ASSERT_TRUE(until([&] { return bad.channel != nullptr; }));
  bad.channel->send(api::FrameKind::ack, encode(api::Ack{1, {}}));
  ASSERT_TRUE(until([&] { return !bad.closed.empty(); }));
  ASSERT_TRUE(current());
  EXPECT_EQ(told.back().peers.size(), 1u);
}

}  // namespace
}  // namespace palpo::publish
