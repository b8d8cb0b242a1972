// SPDX-License-Identifier: Apache-2.0
// Candidates on threads of their own, against a Lease in memory.
#include "controller/lease/candidate.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

namespace palpo::lease {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

// The API server, as far as one Lease is concerned.
class LeaseServer {
 public:
  kube::TransportResponse answer(const kube::TransportRequest& request) {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(request.deadline) << "a request may not hang";
    if (status_ != 0) return reply(status_, {});
    if (request.method == "GET") return lease_ ? reply(200, *lease_) : reply(404, {});
    auto next = Json::parse(request.body);
    if (request.method == "POST") {
      if (lease_) return reply(409, {});
    } else if (!lease_ || next["metadata"]["resourceVersion"] != (*lease_)["metadata"]["resourceVersion"]) {
      return reply(409, {});
    }
    next["metadata"]["resourceVersion"] = std::to_string(++version_);
    lease_ = std::move(next);
    return reply(200, *lease_);
  }
  void fail_with(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  Json spec() {
    const std::lock_guard lock(mutex_);
    return lease_ ? (*lease_)["spec"] : Json();
  }

 private:
  static kube::TransportResponse reply(int status, const Json& body) {
    kube::TransportResponse answer{.status = status, .body = body.dump(), .error = {}, .retry_after = {}};
    if (status < 0)
      answer = {.status = 0, .body = {}, .error = Error{ErrorKind::unavailable, "away"}, .retry_after = {}};
    return answer;
  }
  std::mutex mutex_;
  std::optional<Json> lease_;
  int version_ = 0;
  int status_ = 0;
};

class Line final : public kube::Transport {
 public:
  explicit Line(LeaseServer& server) : server_(server) {}
  kube::TransportResponse call(const kube::TransportRequest& request, std::stop_token) override {
    return server_.answer(request);
  }
  kube::TransportResponse stream(const kube::TransportRequest&, const kube::LineSink&,
                                 std::stop_token) override {
    return {.status = 500, .body = {}, .error = {}, .retry_after = {}};
  }

 private:
  LeaseServer& server_;
};

struct Node {
  Node(LeaseServer& server, const std::string& identity)
      : candidate({"edge", "palpo"},
                  {.identity = identity, .lease_duration = 1s, .renew_deadline = 600ms, .retry_period = 50ms},
                  std::make_shared<Line>(server), metrics) {
    candidate.start([this](bool leading) {
      const std::lock_guard lock(mutex);
      told.push_back(leading);
      changed.notify_all();
    });
  }
  bool wait_told(std::vector<bool> wanted) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, [&] { return told == wanted; });
  }
  bool may_write() const { return candidate.write_deadline().has_value(); }
  Metrics metrics;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<bool> told;
  Candidate candidate;
};

// What nobody is told of is asked for.
bool eventually(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + 20s;
  while (!condition() && Clock::now() < deadline) std::this_thread::yield();
  return condition();
}

TEST(Candidate, AloneItLeadsAndGivesItUpWhenItEnds) {
  LeaseServer server;
  Node a(server, "a");
  ASSERT_TRUE(a.wait_told({true}));
  EXPECT_TRUE(a.may_write());
  const auto deadline = a.candidate.write_deadline();
  ASSERT_TRUE(deadline);
  EXPECT_LE(*deadline, BootClock::now() + 800ms);
  EXPECT_EQ(server.spec()["holderIdentity"], "a");
  EXPECT_EQ(a.candidate.standing().leader, "a");
  EXPECT_TRUE(a.candidate.standing().leading);
  EXPECT_NE(a.metrics.expose().find("palpo_ingress_lease_leader 1"), std::string::npos);
  const auto renewed = server.spec()["renewTime"];
  EXPECT_TRUE(eventually([&] { return server.spec()["renewTime"] != renewed; }));
  a.candidate.stop(true);
  EXPECT_FALSE(a.may_write());
  EXPECT_EQ(server.spec()["holderIdentity"], "");
  EXPECT_EQ(server.spec()["leaseDurationSeconds"], 1);
  EXPECT_NE(a.metrics.expose().find("palpo_ingress_lease_leader 0"), std::string::npos);
}

TEST(Candidate, WhoMayStillHaveSomethingUnderWayKeepsIt) {
  LeaseServer server;
  Node a(server, "a");
  ASSERT_TRUE(a.wait_told({true}));
  a.candidate.stop(false);
  EXPECT_EQ(server.spec()["holderIdentity"], "a");
}

TEST(Candidate, TheNextOneLeadsOnceTheLeaseIsGivenUpOrRunsOut) {
  LeaseServer server;
  Node a(server, "a");
  ASSERT_TRUE(a.wait_told({true}));
  Node b(server, "b");
  ASSERT_TRUE(eventually([&] { return b.candidate.standing().leader == "a"; }));
  EXPECT_FALSE(b.may_write());
  a.candidate.stop(true);
  ASSERT_TRUE(b.wait_told({true}));
  EXPECT_EQ(server.spec()["leaseTransitions"], 1);
  b.candidate.stop(false);
  Node c(server, "c");
  EXPECT_TRUE(c.wait_told({true}));
  EXPECT_EQ(server.spec()["holderIdentity"], "c");
  EXPECT_NE(b.metrics.expose().find("palpo_ingress_lease_transitions_total 2"), std::string::npos);
}

TEST(Candidate, WithoutAnAnswerItStopsWritingAndTellsWhy) {
  LeaseServer server;
  Node a(server, "a");
  ASSERT_TRUE(a.wait_told({true}));
  server.fail_with(-1);
  ASSERT_TRUE(a.wait_told({true, false}));
  EXPECT_FALSE(a.may_write());
  EXPECT_EQ(a.candidate.standing().trouble, "away");
  EXPECT_FALSE(a.candidate.standing().leading);
  EXPECT_EQ(a.metrics.expose().find("palpo_ingress_lease_renew_failures_total 0"), std::string::npos);
  server.fail_with(0);
  ASSERT_TRUE(a.wait_told({true, false, true}));
  EXPECT_TRUE(eventually([&] { return a.candidate.standing().trouble.empty(); }));
}

TEST(Candidate, ARightThatIsMissingIsNamed) {
  LeaseServer server;
  server.fail_with(403);
  Node a(server, "a");
  ASSERT_TRUE(eventually([&] { return !a.candidate.standing().trouble.empty(); }));
  const auto trouble = a.candidate.standing().trouble;
  EXPECT_NE(trouble.find("grant the verbs get, create and update on leases"), std::string::npos) << trouble;
  EXPECT_NE(trouble.find("in the namespace edge (Role)"), std::string::npos) << trouble;
  server.fail_with(0);
  EXPECT_TRUE(a.wait_told({true}));
}

}  // namespace
}  // namespace palpo::lease
