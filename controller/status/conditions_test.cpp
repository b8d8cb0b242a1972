// SPDX-License-Identifier: Apache-2.0
#include "controller/status/conditions.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace palpo::status {
namespace {

constexpr const char* kNow = "2026-05-01T10:00:00Z";

kube::Condition find(const std::vector<kube::Condition>& conditions, const std::string& type) {
  const auto found = std::ranges::find(conditions, type, &kube::Condition::type);
  return found == conditions.end() ? kube::Condition{} : *found;
}

translate::Report good_report() {
  translate::Report report;
  report.kind = kube::Kind::homeserver;
  report.generation = 4;
  report.resources = {{api::ResourceKind::host, "hs.test"}};
  return report;
}

const Programmed kServed{.acknowledged = true, .any_data_plane = true, .refused = {}};

TEST(Conditions, AllGoodIsReadyAtTheObservedGeneration) {
  const auto conditions = conditions_of(good_report(), kServed, {}, kNow);
  for (const auto* type : {"Ready", "Accepted", "RoutesProgrammed", "CertificateReady", "BackendsReady"}) {
    EXPECT_EQ(find(conditions, type).status, "True") << type;
    EXPECT_EQ(find(conditions, type).observed_generation, 4) << type;
  }
  EXPECT_EQ(find(conditions, "Stalled").status, "") << "abnormal conditions are absent while all is well";
}

struct Case {
  const char* name;
  translate::Finding finding;
  bool accepted, certificates, backends;
  const char* false_type;
};

TEST(Conditions, EachFindingFailsItsConditionAndReadyWithItsWords) {
  const Case cases[] = {
      {"secret",
       {translate::Severity::warning, "SecretNotFound", "Secret ns/s does not exist",
        translate::Concern::certificate},
       true,
       false,
       true,
       "CertificateReady"},
      {"backend",
       {translate::Severity::warning, "ServiceNotFound", "Service ns/x does not exist",
        translate::Concern::backend},
       true,
       true,
       false,
       "BackendsReady"},
      {"endpoints",
       {translate::Severity::info, "NoEndpoints", "Service ns/x has no endpoint",
        translate::Concern::backend},
       true,
       true,
       false,
       "BackendsReady"},
      {"claim",
       {translate::Severity::warning, "ServerNameConflict", "taken by ns/other"},
       false,
       true,
       true,
       "Accepted"},
  };
  for (const auto& c : cases) {
    auto report = good_report();
    report.findings = {c.finding};
    report.accepted = c.accepted;
    report.certificates_ready = c.certificates;
    report.backends_ready = c.backends;
    const auto conditions = conditions_of(report, kServed, {}, kNow);
    EXPECT_EQ(find(conditions, c.false_type).status, "False") << c.name;
    EXPECT_EQ(find(conditions, c.false_type).reason, c.finding.reason) << c.name;
    EXPECT_EQ(find(conditions, "Ready").status, "False") << c.name;
    EXPECT_EQ(find(conditions, "Ready").reason, c.finding.reason) << c.name;
    EXPECT_EQ(find(conditions, "Ready").message, c.finding.message) << c.name;
    EXPECT_EQ(find(conditions, "Stalled").status, c.accepted ? "" : "True") << c.name;
    EXPECT_EQ(find(conditions, "Reconciling").status, c.accepted ? "True" : "") << c.name;
    for (const auto& condition : conditions) {
      EXPECT_FALSE(condition.reason.empty()) << c.name << ": " << condition.type;
      EXPECT_FALSE(condition.message.empty()) << c.name << ": " << condition.type;
    }
  }
}

TEST(Conditions, ExactlyOneOfReadyReconcilingAndStalledIsTrue) {
  const auto true_ones = [](const translate::Report& report, const Programmed& programmed) {
    std::string names;
    for (const auto& condition : conditions_of(report, programmed, {}, kNow)) {
      const bool sums_up =
          condition.type == "Ready" || condition.type == "Reconciling" || condition.type == "Stalled";
      if (sums_up && condition.status == "True") names += condition.type + "/" + condition.reason;
    }
    return names;
  };
  EXPECT_EQ(true_ones(good_report(), kServed), "Ready/Served");
  EXPECT_EQ(true_ones(good_report(), {}), "Reconciling/NoDataPlane");
  EXPECT_EQ(true_ones(good_report(), {.acknowledged = false, .any_data_plane = true, .refused = {}}),
            "Reconciling/Pending");
  EXPECT_EQ(true_ones(good_report(), {.acknowledged = true,
                                      .any_data_plane = true,
                                      .refused = {{{api::ResourceKind::host, "hs.test"}, "bad"}}}),
            "Stalled/DataPlaneRefused");
  auto without_secret = good_report();
  without_secret.certificates_ready = false;
  without_secret.findings = {{translate::Severity::warning, "SecretNotFound", "Secret ns/s does not exist",
                              translate::Concern::certificate}};
  EXPECT_EQ(true_ones(without_secret, kServed), "Reconciling/SecretNotFound") << "it may be issued yet";
  auto invalid = good_report();
  invalid.accepted = invalid.certificates_ready = invalid.backends_ready = false;
  invalid.findings = {{translate::Severity::warning, "InvalidSpec", "spec.host: no"}};
  EXPECT_EQ(true_ones(invalid, kServed), "Stalled/InvalidSpec");
}

TEST(Conditions, AWarningThatFailsNoPartStillKeepsReadyFalse) {
  auto report = good_report();
  report.findings = {{translate::Severity::warning, "WellKnownConflict", "m.server is computed"}};
  const auto ready = find(conditions_of(report, kServed, {}, kNow), "Ready");
  EXPECT_EQ(ready.status, "False");
  EXPECT_EQ(ready.reason, "WellKnownConflict");
}

TEST(Conditions, NoneIsWithoutAReasonAndAMessage) {
  for (const bool accepted : {true, false}) {
    for (const bool wanted : {true, false}) {
      auto report = good_report();
      report.accepted = accepted;
      report.backend_wanted = wanted;
      report.certificates_ready = report.backends_ready = false;
      for (const auto& condition : conditions_of(report, kServed, {}, kNow)) {
        EXPECT_NE(condition.reason, "") << condition.type;
        EXPECT_NE(condition.message, "") << condition.type;
      }
    }
  }
}

TEST(Conditions, AHomeserverElsewhereWantsNoBackend) {
  auto report = good_report();
  report.backend_wanted = false;
  const auto conditions = conditions_of(report, kServed, {}, kNow);
  EXPECT_EQ(find(conditions, "BackendsReady").reason, "NoBackendWanted");
  EXPECT_EQ(find(conditions, "Ready").status, "True");
}

TEST(Conditions, ProgrammedOnlyAfterTheAck) {
  const auto reason = [](Programmed programmed) {
    const auto conditions = conditions_of(good_report(), programmed, {}, kNow);
    EXPECT_EQ(find(conditions, "Ready").status, "False");
    return find(conditions, "RoutesProgrammed").reason;
  };
  EXPECT_EQ(reason({.acknowledged = false, .any_data_plane = false, .refused = {}}), "NoDataPlane");
  EXPECT_EQ(reason({.acknowledged = false, .any_data_plane = true, .refused = {}}), "Pending");
  EXPECT_EQ(reason({.acknowledged = true,
                    .any_data_plane = true,
                    .refused = {{{api::ResourceKind::host, "hs.test"}, "route 0: bad"}}}),
            "DataPlaneRefused");
}

TEST(Conditions, ARefusalOfSomebodyElsesResourceDoesNotMatter) {
  Programmed programmed = kServed;
  programmed.refused = {{{api::ResourceKind::host, "other.test"}, "bad"}};
  EXPECT_EQ(find(conditions_of(good_report(), programmed, {}, kNow), "Ready").status, "True");
}

TEST(Conditions, TheTransitionTimeMovesOnlyWhenTheStatusFlips) {
  const auto first = conditions_of(good_report(), kServed, {}, "2026-01-01T00:00:00Z");
  EXPECT_EQ(find(conditions_of(good_report(), kServed, first, kNow), "Ready").last_transition_time,
            "2026-01-01T00:00:00Z");
  auto report = good_report();
  report.backends_ready = false;
  const auto second = conditions_of(report, kServed, first, kNow);
  EXPECT_EQ(find(second, "Ready").last_transition_time, kNow);
  EXPECT_EQ(find(second, "Accepted").last_transition_time, "2026-01-01T00:00:00Z");
}

}  // namespace
}  // namespace palpo::status
