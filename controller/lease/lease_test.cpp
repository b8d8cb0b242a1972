// SPDX-License-Identifier: Apache-2.0
#include "controller/lease/lease.h"

#include <gtest/gtest.h>

namespace palpo::lease {
namespace {

const kube::ObjectKey kName{"edge", "palpo-ingress"};

constexpr const char* kStored =
    R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"palpo-ingress","namespace":"edge",)"
    R"("resourceVersion":"7","labels":{"team":"chat"}},"spec":{"holderIdentity":"a","leaseDurationSeconds":15,)"
    R"("leaseTransitions":3,"acquireTime":"2026-01-01T00:00:00.000000Z","renewTime":"2026-01-01T00:00:09.000000Z"}})";

TEST(Lease, IsReadAsTheApiServerAnswersIt) {
  const auto lease = decode_lease(kStored);
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_EQ(lease->holder, "a");
  EXPECT_EQ(lease->duration_seconds, 15);
  EXPECT_EQ(lease->transitions, 3);
  EXPECT_EQ(lease->acquire_time, "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(lease->renew_time, "2026-01-01T00:00:09.000000Z");
}

TEST(Lease, WithoutASpecItIsNobodys) {
  const auto lease = decode_lease(R"({"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":null}})");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->holder, "");
  EXPECT_EQ(lease->duration_seconds, 0);
  EXPECT_TRUE(decode_lease(R"({"metadata":{"resourceVersion":"7"}})"));
}

TEST(Lease, WhatIsNoneIsAnError) {
  for (const auto* text : {"", "[]", "{}", "nonsense", R"({"metadata":{}})"})
    EXPECT_FALSE(decode_lease(text)) << text;
}

TEST(Lease, AnUpdateChangesTheRecordAndKeepsWhatElseIsThere) {
  auto lease = *decode_lease(kStored);
  lease.holder = "b";
  lease.transitions = 4;
  lease.acquire_time = lease.renew_time = "2026-01-01T00:01:00.000000Z";
  const auto request = update_request(kName, lease);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/apis/coordination.k8s.io/v1/namespaces/edge/leases/palpo-ingress");
  for (const auto* part : {R"("resourceVersion":"7")", R"("team":"chat")", R"("holderIdentity":"b")",
                           R"("leaseTransitions":4)", R"("renewTime":"2026-01-01T00:01:00.000000Z")"})
    EXPECT_NE(request.body.find(part), std::string::npos) << part << " in " << request.body;
}

TEST(Lease, OneThatIsMissingIsCreated) {
  const auto request = create_request(kName, {.holder = "a",
                                              .duration_seconds = 15,
                                              .transitions = 0,
                                              .acquire_time = "t",
                                              .renew_time = "t",
                                              .document = {}});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/apis/coordination.k8s.io/v1/namespaces/edge/leases");
  EXPECT_NE(request.body.find(R"("name":"palpo-ingress")"), std::string::npos);
  EXPECT_NE(request.body.find(R"("leaseDurationSeconds":15)"), std::string::npos);
}

TEST(Lease, EveryFieldOfTheRecordIsASignOfLife) {
  const auto lease = *decode_lease(kStored);
  EXPECT_TRUE(same_record(lease, lease));
  auto other = lease;
  other.document = "{}";
  EXPECT_TRUE(same_record(lease, other)) << "a label is none";
  const auto differs = [&](auto change) {
    auto changed = lease;
    change(changed);
    return !same_record(lease, changed);
  };
  EXPECT_TRUE(differs([](Lease& l) { l.holder = "b"; }));
  EXPECT_TRUE(differs([](Lease& l) { l.duration_seconds = 1; }));
  EXPECT_TRUE(differs([](Lease& l) { l.transitions = 9; }));
  EXPECT_TRUE(differs([](Lease& l) { l.acquire_time = ""; }));
  EXPECT_TRUE(differs([](Lease& l) { l.renew_time = ""; }));
}

}  // namespace
}  // namespace palpo::lease
