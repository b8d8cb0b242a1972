// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/quarantine.h"

#include <gtest/gtest.h>

#include "controller/publish/snapshots_for_test.h"

namespace palpo::publish {
namespace {

using api::ResourceKind;

const api::ResourceId kHostA{ResourceKind::host, "a.example"};
const api::ResourceId kClusterA{ResourceKind::cluster, "a"};
const api::ResourceId kCertificateA{ResourceKind::certificate, "a"};

struct QuarantineTest : testing::Test {
  Quarantine quarantine;

  Quarantine::Outcome select(const Draft& draft) {
    auto outcome = quarantine.select(draft.shared(), draft.ring());
    for (const auto& fault : api::validate(*outcome.published->snapshot))
      ADD_FAILURE() << fault.resource.text() << ": " << fault.message;
    for (const auto& [name, certificate] : outcome.published->snapshot->certificates)
      EXPECT_TRUE(outcome.published->keys->contains(certificate->value.key_id)) << name;
    return outcome;
  }
  void accept(const Draft& draft) { quarantine.accepted(select(draft).published); }
  Quarantine::Outcome refuse(const Draft& draft, const api::ResourceId& id) {
    EXPECT_TRUE(quarantine.refuse(*select(draft).published, {{id, "not this"}}));
    return select(draft);
  }
};

TEST_F(QuarantineTest, WhatNobodyRefusesIsPublishedAsWanted) {
  const auto draft = Draft().cluster("a", 1).certificate("a", 0).host("a.example", "a", "a");
  const auto outcome = select(draft);
  EXPECT_EQ(outcome.published->version, version_of(draft.snapshot));
  EXPECT_TRUE(outcome.refused.empty());
}

TEST_F(QuarantineTest, ACertificateWhoseKeyWasNotOursToSendIsWantedAgainOnceItIs) {
  const auto whole = Draft().cluster("a", 1).certificate("a", 0).host("a.example", "a", "a");
  auto keyless = whole;
  for (auto& [id, key] : keyless.keys) key = nullptr;
  const auto outcome = refuse(keyless, kCertificateA);
  EXPECT_FALSE(outcome.published->snapshot->certificates.contains("a"));
  EXPECT_EQ(outcome.published->snapshot->hosts.at("a.example")->value.certificate, std::nullopt);
  EXPECT_EQ(select(keyless).refused, (Refusals{{kCertificateA, "not this"}}));
  const auto again = select(whole);
  EXPECT_EQ(again.published->version, version_of(whole.snapshot)) << "the same form, with its key";
  EXPECT_TRUE(again.refused.empty());
  EXPECT_FALSE(refuse(whole, kCertificateA).published->snapshot->certificates.contains("a"))
      << "refused for what it is";
  EXPECT_FALSE(select(whole).refused.empty());
}

TEST_F(QuarantineTest, ARefusedHostIsLeftOutAndTheOthersStay) {
  const auto draft = Draft().cluster("a", 1).host("a.example", "a").host("b.example", "a");
  const auto outcome = refuse(draft, kHostA);
  EXPECT_FALSE(outcome.published->snapshot->hosts.contains("a.example"));
  EXPECT_TRUE(outcome.published->snapshot->hosts.contains("b.example"));
  EXPECT_EQ(outcome.refused, (Refusals{{kHostA, "not this"}}));
}

TEST_F(QuarantineTest, ARefusedHostKeepsItsAcceptedFormAndBringsBackWhatThatNames) {
  accept(Draft().cluster("old", 1).certificate("old", 0).host("a.example", "old", "old"));
  const auto outcome =
      refuse(Draft().cluster("new", 1).certificate("new", 1).host("a.example", "new", "new"), kHostA);
  const auto& snapshot = *outcome.published->snapshot;
  EXPECT_EQ(snapshot.hosts.at("a.example")->value.certificate, "old");
  EXPECT_TRUE(snapshot.certificates.contains("old"));
  EXPECT_TRUE(snapshot.clusters.contains("old"));
  EXPECT_TRUE(outcome.published->keys->contains(test_certificate(0).key_id));
}

TEST_F(QuarantineTest, AnotherFormIsAnotherChance) {
  refuse(Draft().cluster("a", 1).host("a.example", "a"), kHostA);
  const auto better = Draft().cluster("a", 1).host("a.example", "a", "", "/better");
  EXPECT_EQ(select(better).published->version, version_of(better.snapshot));
  EXPECT_TRUE(select(better).refused.empty());
}

TEST_F(QuarantineTest, ARefusedFormIsHeldBackWhateverElseChanges) {
  refuse(Draft().cluster("a", 1).host("a.example", "a"), kHostA);
  const auto outcome =
      select(Draft().cluster("a", 2).cluster("b", 1).host("a.example", "a").host("b.example", "b"));
  EXPECT_FALSE(outcome.published->snapshot->hosts.contains("a.example"));
  EXPECT_TRUE(outcome.published->snapshot->hosts.contains("b.example"));
}

TEST_F(QuarantineTest, ARefusedCertificateKeepsItsAcceptedForm) {
  accept(Draft().cluster("a", 1).certificate("a", 0).host("a.example", "a", "a"));
  const auto outcome =
      refuse(Draft().cluster("a", 1).certificate("a", 1).host("a.example", "a", "a"), kCertificateA);
  EXPECT_EQ(outcome.published->snapshot->certificates.at("a")->value.key_id, test_certificate(0).key_id);
  EXPECT_EQ(outcome.published->snapshot->hosts.at("a.example")->value.certificate, "a");
}

TEST_F(QuarantineTest, ARefusedCertificateWithoutAnAcceptedFormIsNoLongerNamed) {
  auto draft = Draft().cluster("a", 1).certificate("a", 0).host("a.example", "a", "a");
  draft.snapshot.settings = api::seal(api::Settings{"a", {}, {}});
  const auto outcome = refuse(draft, kCertificateA);
  EXPECT_FALSE(outcome.published->snapshot->certificates.contains("a"));
  EXPECT_FALSE(outcome.published->snapshot->hosts.at("a.example")->value.certificate.has_value());
  EXPECT_FALSE(outcome.published->snapshot->settings->value.default_certificate.has_value());
  EXPECT_EQ(outcome.refused.size(), 1u);
}

TEST_F(QuarantineTest, ARefusedClusterBecomesEmptySoThatNoOtherRouteTakesItsRequests) {
  const auto outcome = refuse(Draft().cluster("a", 1).host("a.example", "a"), kClusterA);
  EXPECT_TRUE(outcome.published->snapshot->clusters.at("a")->value.endpoints.empty());
  EXPECT_TRUE(outcome.published->snapshot->hosts.contains("a.example"));
}

TEST_F(QuarantineTest, MendedFormsThatAreRefusedToo) {
  const auto draft =
      Draft().cluster("a", 1).certificate("a", 0).host("a.example", "a", "a").host("b.example", "a");
  refuse(draft, kCertificateA);
  const auto outcome = refuse(draft, kHostA);
  EXPECT_FALSE(outcome.published->snapshot->hosts.contains("a.example"));
  EXPECT_TRUE(outcome.published->snapshot->hosts.contains("b.example"));
}

TEST_F(QuarantineTest, RefusedSettingsFallBackToNone) {
  auto draft = Draft().cluster("a", 1);
  draft.snapshot.settings = api::seal(api::Settings{{}, api::default_route_to("a", "Ingress/default/a"), {}});
  const auto outcome = refuse(draft, {ResourceKind::settings, ""});
  EXPECT_EQ(outcome.published->snapshot->settings->value, api::Settings{});
}

TEST_F(QuarantineTest, WhatIsGoneIsNotHeldBack) {
  accept(Draft().cluster("a", 1).host("a.example", "a", "", "/old"));
  refuse(Draft().cluster("a", 1).host("a.example", "a"), kHostA);
  const auto outcome = select(Draft().cluster("a", 1));
  EXPECT_FALSE(outcome.published->snapshot->hosts.contains("a.example"));
  EXPECT_TRUE(outcome.refused.empty());
}

TEST_F(QuarantineTest, FaultsFoundHereAreHeldBackBeforeAnythingIsSent) {
  auto draft =
      Draft().cluster("a", 1).host("a.example", "a").host("b.example", "missing").certificate("c", 0);
  draft.keys.clear();
  const auto outcome = select(draft);
  EXPECT_TRUE(outcome.published->snapshot->hosts.contains("a.example"));
  EXPECT_FALSE(outcome.published->snapshot->hosts.contains("b.example"));
  EXPECT_FALSE(outcome.published->snapshot->certificates.contains("c"));
  EXPECT_EQ(outcome.refused.size(), 2u);
  // Not remembered: it was the rest of the snapshot that was wrong.
  draft.cluster("missing", 1).certificate("c", 0);
  EXPECT_TRUE(select(draft).refused.empty());
}

TEST_F(QuarantineTest, ANackAboutNothingThatIsThereHoldsNothingBack) {
  const auto published = select(Draft().cluster("a", 1)).published;
  EXPECT_FALSE(quarantine.refuse(*published, {{kHostA, "x"}}));
  EXPECT_FALSE(quarantine.refuse(*published, {}));
}

}  // namespace
}  // namespace palpo::publish
