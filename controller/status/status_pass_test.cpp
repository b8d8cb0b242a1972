// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_pass.h"

#include <gtest/gtest.h>

namespace palpo::status {
namespace {

const Programmed kServed{.acknowledged = true, .any_data_plane = true, .refused = {}};
const Programmed kAlone{.acknowledged = false, .any_data_plane = false, .refused = {}};

struct StatusPassTest : testing::Test {
  store::ClusterState state;
  translate::Translation translation;
  std::vector<WantedStatus> statuses;
  std::vector<WantedEvent> events;
  StatusPass pass{{.status = [this](WantedStatus s) { statuses.push_back(std::move(s)); },
                   .event = [this](WantedEvent e) { events.push_back(std::move(e)); }},
                  {.fixed = {"192.0.2.1"}, .service = {}},
                  "ours"};

  // manager: whose the status is.
  void put_ingress(std::vector<kube::LoadBalancerAddress> status, bool ours,
                   const std::string& manager = "") {
    auto object = std::make_shared<kube::Ingress>();
    object->meta.key = {"ns", "web"};
    object->meta.resource_version = std::to_string(++version);
    object->status.addresses = std::move(status);
    if (!manager.empty()) object->meta.status_managers = {"kubelet", manager};
    object->class_name = ours ? "palpo" : "other";
    state.apply(kube::Changed{std::shared_ptr<const kube::Ingress>(object)});
    auto& report = translation.reports[{kube::Kind::ingress, object->meta.key}];
    report.kind = kube::Kind::ingress;
    report.key = object->meta.key;
    report.ours = ours;
    report.resources = {};
    if (ours) report.resources = {{api::ResourceKind::host, "web.test"}};
    pass.note({kube::Kind::ingress, object->meta.key});
  }
  void put_homeserver(std::vector<kube::Condition> conditions, std::int64_t observed, bool ours = true,
                      const std::string& manager = "ours") {
    auto object = std::make_shared<kube::Homeserver>();
    object->meta.key = {"ns", "hs"};
    object->meta.generation = 2;
    object->meta.resource_version = std::to_string(++version);
    object->status.parents = {{"", observed, std::move(conditions)}};
    object->meta.status_managers = {manager};
    state.apply(kube::Changed{std::shared_ptr<const kube::Homeserver>(object)});
    auto& report = translation.reports[{kube::Kind::homeserver, object->meta.key}];
    report.kind = kube::Kind::homeserver;
    report.key = object->meta.key;
    report.generation = 2;
    report.ours = ours;
    pass.note({kube::Kind::homeserver, object->meta.key});
  }
  int version = 0;
};

TEST_F(StatusPassTest, AnAddressIsPublishedOnlyAfterTheAck) {
  put_ingress({}, true);
  pass.run(state, translation, kAlone);
  EXPECT_TRUE(statuses.empty());
  pass.run(state, translation, kServed);
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_EQ(statuses[0].status.addresses, (std::vector<kube::LoadBalancerAddress>{{"192.0.2.1", ""}}));
}

TEST_F(StatusPassTest, WhatIsRightAlreadyIsNotWritten) {
  put_ingress({{"192.0.2.1", ""}}, true);
  pass.run(state, translation, kServed);
  EXPECT_TRUE(statuses.empty());
}

TEST_F(StatusPassTest, AnIngressOfAnotherClassLosesWhatWeWroteInThisLifeOrOneBeforeAndNothingElse) {
  put_ingress({{"192.0.2.1", ""}}, false, "theirs");
  pass.run(state, translation, kServed);
  EXPECT_TRUE(statuses.empty()) << "the same address, but another controller's";
  put_ingress({{"203.0.113.9", ""}}, false, "ours");
  pass.run(state, translation, kAlone);
  ASSERT_EQ(statuses.size(), 1u) << "whatever this process publishes";
  EXPECT_TRUE(statuses[0].status.addresses.empty());
  put_ingress({}, false, "ours");
  pass.run(state, translation, kServed);
  EXPECT_EQ(statuses.size(), 1u);
}

TEST_F(StatusPassTest, AHomeserverOfAnotherClassLosesWhatWeWroteInThisLifeOrOneBeforeAndNothingElse) {
  const std::vector<kube::Condition> told{{"Ready", "True", 1, "", "Served", ""}};
  put_homeserver(told, 1, false, "theirs");
  pass.run(state, translation, kServed);
  EXPECT_TRUE(statuses.empty());
  put_homeserver(told, -1, false, "ours");
  pass.run(state, translation, kServed);
  EXPECT_TRUE(statuses.empty()) << "what the definition says";
  put_homeserver(told, 1, false, "ours");
  pass.run(state, translation, kAlone);
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_TRUE(statuses[0].status.of().conditions.empty());
}

TEST_F(StatusPassTest, WhatIsSelectedNoMoreLosesWhatWeWroteUnlessItHasBeenChangedSince) {
  put_ingress({{"192.0.2.1", ""}}, true, "ours");
  pass.leave(state, {kube::Kind::ingress, {"ns", "web"}, "99"});
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_TRUE(statuses[0].status.addresses.empty());
  EXPECT_EQ(statuses[0].meta.resource_version, "99") << "bound to the change by which it left";
  put_homeserver({{"Ready", "True", 1, "", "Served", ""}}, 1);
  pass.leave(state, {kube::Kind::homeserver, {"ns", "hs"}, "100"});
  ASSERT_EQ(statuses.size(), 2u);
  EXPECT_TRUE(statuses[1].status.of().conditions.empty());
  put_ingress({{"192.0.2.1", ""}}, true, "theirs");
  pass.leave(state, {kube::Kind::ingress, {"ns", "web"}, "101"});
  put_ingress({}, true, "ours");
  pass.leave(state, {kube::Kind::ingress, {"ns", "web"}, "102"});
  pass.leave(state, {kube::Kind::ingress, {"ns", "unknown"}, "103"});
  pass.leave(state, {kube::Kind::service, {"ns", "web"}, "104"});
  EXPECT_EQ(statuses.size(), 2u);
}

TEST_F(StatusPassTest, ConditionsAreWrittenOnceAndNotWhenTheyStandThereAlready) {
  put_homeserver({}, 0);
  pass.run(state, translation, kServed);
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_EQ(statuses[0].status.of().observed_generation, 2);
  put_homeserver(statuses[0].status.of().conditions, 2);
  pass.run(state, translation, kServed);
  EXPECT_EQ(statuses.size(), 1u);
}

TEST_F(StatusPassTest, WithoutADataPlaneAKnownVerdictStandsAndANewObjectIsTold) {
  put_homeserver({}, 0);
  pass.run(state, translation, kAlone);
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_EQ(statuses[0].status.of().conditions[0].reason, "NoDataPlane");
  put_homeserver(statuses[0].status.of().conditions, 2);
  pass.run(state, translation, kAlone);
  EXPECT_EQ(statuses.size(), 1u);
}

TEST_F(StatusPassTest, AnObjectCreatedAnewUnderItsNameIsToldByItsOwnReportOnly) {
  put_homeserver({}, 0);
  translation.reports.begin()->second.uid = "the one before";
  pass.run(state, translation, kServed);
  EXPECT_TRUE(statuses.empty());
}

TEST_F(StatusPassTest, AnIngressWhoseHostIsRefusedGetsNoAddress) {
  put_ingress({}, true);
  auto refused = kServed;
  refused.refused = {{{api::ResourceKind::host, "web.test"}, "no"}};
  pass.run(state, translation, refused);
  EXPECT_TRUE(statuses.empty());
}

TEST_F(StatusPassTest, AFindingBecomesOneEvent) {
  put_ingress({{"192.0.2.1", ""}}, true);
  auto& report = translation.reports.begin()->second;
  report.findings = {{translate::Severity::warning, "ServiceNotFound", "Service ns/x does not exist"}};
  pass.run(state, translation, kServed);
  pass.run(state, translation, kServed);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].reason, "ServiceNotFound");
  report.findings.push_back({translate::Severity::warning, "HostConflict", "taken"});
  pass.note(translation.reports.begin()->first);
  pass.run(state, translation, kServed);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].reason, "HostConflict");
}

TEST_F(StatusPassTest, OnlyWhatWasNotedIsLookedAt) {
  put_ingress({}, true);
  pass.run(state, translation, kServed);
  statuses.clear();
  pass.run(state, translation, kServed);
  EXPECT_TRUE(statuses.empty()) << "nothing has happened";
  pass.note({kube::Kind::ingress, {"ns", "web"}});
  pass.run(state, translation, kServed);
  EXPECT_EQ(statuses.size(), 1u) << "it still lacks its address";
  pass.look_again();
  pass.run(state, translation, kServed);
  EXPECT_EQ(statuses.size(), 2u);
}

TEST_F(StatusPassTest, WhatWasFoundTooEarlyIsLookedAtAgainWithTheAcknowledgement) {
  pass.run(state, translation, kServed);
  put_ingress({}, true);
  pass.run(state, translation, {.acknowledged = false, .any_data_plane = true, .refused = {}});
  pass.run(state, translation, {.acknowledged = false, .any_data_plane = true, .refused = {}});
  EXPECT_TRUE(statuses.empty());
  pass.run(state, translation, kServed);
  EXPECT_EQ(statuses.size(), 1u);
  pass.run(state, translation, {.acknowledged = false, .any_data_plane = true, .refused = {}});
  pass.run(state, translation, kServed);
  EXPECT_EQ(statuses.size(), 1u) << "it has been told";
}

TEST_F(StatusPassTest, ABrokenObjectIsToldOnceInItsStatus) {
  kube::BrokenObject broken{
      .kind = kube::Kind::homeserver, .meta = {}, .fault = {"spec.host", "expected a text"}};
  broken.meta.key = {"ns", "bad"};
  broken.meta.generation = 7;
  state.apply(kube::Broke{broken});
  pass.run(state, translation, kServed);
  pass.run(state, translation, kServed);
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_EQ(statuses[0].status.of().conditions[0].status, "False");
  EXPECT_EQ(statuses[0].status.of().conditions[0].reason, "InvalidSpec");
  EXPECT_EQ(statuses[0].status.of().conditions[0].message, broken.fault.text());
}

TEST_F(StatusPassTest, ABrokenObjectOfAnotherClassIsLeftToItsController) {
  kube::BrokenObject broken{.kind = kube::Kind::homeserver,
                            .meta = {},
                            .fault = {"spec.host", "expected a text"},
                            .class_name = "theirs"};
  broken.meta.key = {"ns", "bad"};
  state.apply(kube::Broke{broken});
  broken.kind = kube::Kind::ingress;
  state.apply(kube::Broke{broken});
  pass.run(state, translation, kServed);
  EXPECT_TRUE(statuses.empty());
  EXPECT_TRUE(events.empty());
}

}  // namespace
}  // namespace palpo::status
