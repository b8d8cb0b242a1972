// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "controller/status/status_patch.h"

namespace palpo::status {
namespace {

// Answers from a script (then 200) and lets the test wait for what was asked.
class FakeTransport final : public kube::Transport {
 public:
  kube::TransportResponse call(const kube::TransportRequest& request, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    if (!gate_.wait(lock, stop, [this] { return !held_; }))
      return {.status = 0, .body = {}, .error = Error{ErrorKind::cancelled, "cancelled"}, .retry_after = {}};
    requests_.push_back(request);
    kube::TransportResponse answer{.status = 200, .body = {}, .error = {}, .retry_after = {}};
    if (requests_.size() <= script_.size()) answer = script_[requests_.size() - 1];
    if (!denied_.empty() && request.target.find(denied_) != std::string::npos) answer.status = 403;
    lock.unlock();
    changed_.notify_all();
    return answer;
  }
  kube::TransportResponse stream(const kube::TransportRequest&, const kube::LineSink&,
                                 std::stop_token) override {
    return {.status = 500, .body = {}, .error = {}, .retry_after = {}};
  }
  void script(std::vector<int> statuses, const std::string& body = "{}") {
    for (int status : statuses)
      script_.push_back({.status = status, .body = body, .error = {}, .retry_after = {}});
  }
  void hold(bool held) {
    {
      const std::lock_guard lock(mutex_);
      held_ = held;
    }
    gate_.notify_all();
  }
  // Requests for such targets are answered 403.
  void deny(const std::string& part) {
    const std::lock_guard lock(mutex_);
    denied_ = part;
  }
  using Requests = std::vector<kube::TransportRequest>;
  Requests wait_for(const std::function<bool(const Requests&)>& seen) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return seen(requests_); }));
    return requests_;
  }
  Requests wait_for(std::size_t count) {
    return wait_for([count](const Requests& all) { return all.size() >= count; });
  }
  // Until that many calls were made, held ones included.
  void wait_begun(int count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return begun_ >= count; }));
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable_any gate_;
  bool held_ = false;
  int begun_ = 0;
  std::string denied_;
  std::vector<kube::TransportRequest> requests_;
  std::vector<kube::TransportResponse> script_;
};

std::size_t count(const FakeTransport::Requests& all, std::string_view part) {
  return static_cast<std::size_t>(std::ranges::count_if(
      all, [part](const auto& request) { return request.target.find(part) != std::string::npos; }));
}

struct StatusWriterTest : testing::Test {
  std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>();
  Metrics metrics;
  std::mutex permit_mutex;
  std::optional<BootClock::time_point> permit = BootClock::time_point::max();
  StatusWriter writer{transport, "palpo.im/ingress-controller:palpo",
                      [this] {
                        const std::lock_guard lock(permit_mutex);
                        return permit;
                      },
                      metrics};

  StatusWriterTest() { writer.lead(true); }
  ~StatusWriterTest() override {
    transport->hold(false);
    writer.stop();
  }
  void permit_until(std::optional<BootClock::time_point> when) {
    const std::lock_guard lock(permit_mutex);
    permit = when;
  }

  static WantedStatus ingress(const std::string& name, const std::string& ip,
                              const std::string& version = "7") {
    WantedStatus wanted;
    wanted.meta.key = {"ns", name};
    wanted.meta.uid = "uid-" + name;
    wanted.meta.resource_version = version;
    if (!ip.empty()) wanted.status.addresses = {{ip, ""}};
    return wanted;
  }
  static WantedEvent event(const std::string& message) {
    WantedEvent wanted;
    wanted.meta.key = {"ns", "a"};
    wanted.meta.uid = "u";
    wanted.reason = "HostConflict";
    wanted.message = message;
    return wanted;
  }
};

TEST_F(StatusWriterTest, PatchesTheStatusSubresourceBoundToTheUid) {
  writer.start();
  writer.submit(ingress("a", "192.0.2.1"));
  const auto request = transport->wait_for(1).front();
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.target,
            "/apis/networking.k8s.io/v1/namespaces/ns/ingresses/a/status"
            "?fieldManager=palpo.im/ingress-controller:palpo");
  EXPECT_EQ(request.content_type, "application/merge-patch+json");
  EXPECT_EQ(request.body, R"({"metadata":{"resourceVersion":"7","uid":"uid-a"},)"
                          R"("status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}})");
  EXPECT_FALSE(request.deadline);
}

TEST_F(StatusWriterTest, TakesBackAnAddressByNull) {
  EXPECT_EQ(status_request(ingress("a", ""), "m", "").body,
            R"({"metadata":{"uid":"uid-a"},"status":{"loadBalancer":{"ingress":null}}})");
}

TEST_F(StatusWriterTest, EachClassHasAFieldManagerThatTheApiServerTakes) {
  EXPECT_EQ(field_manager("palpo.im/ingress-controller", "palpo"), "palpo.im/ingress-controller:palpo");
  EXPECT_NE(field_manager("a", "b"), field_manager("a", "c"));
  for (const auto& odd : {std::string(300, 'x'), std::string("a b"), std::string("\xc3\xa9")}) {
    const auto name = field_manager("palpo.im/ingress-controller", odd);
    EXPECT_LE(name.size(), 128u);
    EXPECT_TRUE(std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; })) << name;
    EXPECT_NE(name, field_manager("palpo.im/ingress-controller", odd + "y"));
  }
  EXPECT_TRUE(status_request(ingress("a", ""), "a&b", "").target.ends_with("/status?fieldManager=a%26b"));
}

TEST_F(StatusWriterTest, TheNewestWishOfAnObjectWins) {
  transport->hold(true);
  writer.start();
  writer.submit(ingress("first", "192.0.2.9"));  // the thread is now held in this call, or about to be
  for (int i = 1; i < 100; ++i) writer.submit(ingress("a", "192.0.2." + std::to_string(i)));
  writer.submit(ingress("last", "192.0.2.9"));
  transport->hold(false);
  const auto requests = transport->wait_for(3);
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_NE(requests[1].body.find("192.0.2.99"), std::string::npos);
}

TEST_F(StatusWriterTest, ServerErrorsAreRetriedAndConflictsAreNot) {
  transport->script({503, 0, 200, 409});
  writer.start();
  writer.submit(ingress("a", "192.0.2.1"));
  transport->wait_for(3);
  writer.submit(ingress("b", "192.0.2.1"));
  transport->wait_for(4);
  writer.submit(ingress("c", "192.0.2.1"));
  EXPECT_NE(transport->wait_for(5)[4].target.find("/c/"), std::string::npos)
      << "the conflict was not retried";
  EXPECT_NE(metrics.expose().find("palpo_ingress_status_writes_total{result=\"conflict\"} 1\n"),
            std::string::npos);
}

TEST_F(StatusWriterTest, WhatIsDeniedHoldsNothingElseUpAndIsWrittenOnceItIsAllowed) {
  transport->deny("/ingresses/");
  writer.start();
  for (const auto* name : {"a", "b", "c"}) writer.submit(ingress(name, "192.0.2.1"));
  auto wanted = ingress("hs", "");
  wanted.kind = kube::Kind::homeserver;
  wanted.status.parents = {{"", 0, {{"Ready", "True", 1, "", "Served", ""}}}};
  writer.submit(wanted);
  writer.submit(event("host taken"));
  transport->wait_for([](const auto& all) {
    return count(all, "/palpohomeservers/hs/") == 1 && count(all, "/events") == 1 &&
           count(all, "/ingresses/") >= 6;
  });
  transport->deny("nothing");
  const auto before = transport->wait_for(1).size();
  const auto requests = transport->wait_for([&](const auto& all) {
    const std::vector<kube::TransportRequest> later(all.begin() + static_cast<std::ptrdiff_t>(before),
                                                    all.end());
    return count(later, "/a/") == 1 && count(later, "/b/") == 1 && count(later, "/c/") == 1;
  });
  EXPECT_LE(count(requests, "/ingresses/"), 20u) << "one of them is tried now and then, not all of them";
}

TEST_F(StatusWriterTest, AnEventForANamespaceThatGoesAwayIsGivenUp) {
  transport->script({403, 200}, R"({"code":403,"details":{"causes":[{"reason":"NamespaceTerminating"}]}})");
  writer.start();
  writer.submit(event("first"));
  writer.submit(event("second"));
  EXPECT_NE(transport->wait_for(2)[1].body.find("second"), std::string::npos);
  writer.submit(event("third"));
  EXPECT_NE(transport->wait_for(3)[2].body.find("third"), std::string::npos);
}

TEST_F(StatusWriterTest, AStaleViewIsNotWrittenAgainAndAForeignWriterIsOverruledOnlySoOften) {
  writer.start();
  writer.submit(ingress("a", "192.0.2.1", "7"));
  transport->wait_for(1);
  writer.submit(ingress("a", "192.0.2.1", "7"));  // the watch has not echoed our write yet
  for (int version = 8; version < 20; ++version) {
    writer.submit(ingress("a", "192.0.2.1", std::to_string(version)));
    writer.submit(ingress("fence" + std::to_string(version), "192.0.2.1"));
    // The fence is behind the wish: once it is written the wish has been dealt with.
    for (std::size_t n = 1;; ++n)
      if (transport->wait_for(n)[n - 1].target.find("fence" + std::to_string(version)) != std::string::npos)
        break;
  }
  int writes = 0;
  for (const auto& request : transport->wait_for(1))
    if (request.target.find("/ingresses/a/") != std::string::npos) ++writes;
  EXPECT_EQ(writes, 1 + 5);
}

TEST_F(StatusWriterTest, AnEventIsCreatedOnceAndCountedUpWhenTheServerHasItAlready) {
  transport->script({409, 200, 200}, R"({"metadata":{"resourceVersion":"5"},"count":3})");
  writer.start();
  writer.submit(event("host taken"));
  const auto requests = transport->wait_for(3);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/api/v1/namespaces/ns/events");
  EXPECT_NE(requests[0].body.find(R"("reason":"HostConflict")"), std::string::npos);
  EXPECT_EQ(requests[1].method, "GET");
  EXPECT_EQ(requests[2].method, "PATCH");
  EXPECT_NE(requests[2].body.find(R"("count":4)"), std::string::npos);
  writer.submit(event("host taken"));  // within the hour
  writer.submit(event("another"));
  EXPECT_NE(transport->wait_for(4)[3].body.find("another"), std::string::npos);
}

TEST_F(StatusWriterTest, AWriteIsBoundToTheVersionThatItsWishWasMadeFrom) {
  transport->script({200, 200, 200}, R"({"metadata":{"resourceVersion":"8"}})");
  writer.start();
  const auto version_of_next = [&](const std::string& ip, const std::string& from) {
    const auto count = transport->count();
    writer.submit(ingress("a", ip, from));
    const auto body = transport->wait_for(count + 1)[count].body;
    return body.substr(0, body.find(",\"uid\""));
  };
  EXPECT_EQ(version_of_next("192.0.2.1", "7"), R"({"metadata":{"resourceVersion":"7")");
  EXPECT_EQ(version_of_next("192.0.2.2", "7"), R"({"metadata":{"resourceVersion":"8")")
      << "the watch has not echoed our own write yet";
  EXPECT_EQ(version_of_next("192.0.2.3", "9"), R"({"metadata":{"resourceVersion":"9")");
}

TEST_F(StatusWriterTest, WhoMayNotWriteSendsNothingAndGoesOnWithTheNextTerm) {
  permit_until(std::nullopt);
  writer.start();
  writer.submit(ingress("a", "192.0.2.1"));
  writer.submit(event("host taken"));
  writer.lead(false);
  EXPECT_EQ(transport->count(), 0u);
  permit_until(BootClock::time_point::max());
  writer.submit(ingress("b", "192.0.2.1"));
  writer.lead(true);
  EXPECT_EQ(transport->wait_for(1)[0].method, "POST") << "the Event has waited, the statuses are wished anew";
  writer.submit(ingress("c", "192.0.2.1"));
  EXPECT_NE(transport->wait_for(2)[1].target.find("/c/"), std::string::npos);
}

TEST_F(StatusWriterTest, EveryWriteHasToBeOverWhenItsPermitSays) {
  const auto deadline = BootClock::now() + std::chrono::hours(1);
  permit_until(deadline);
  transport->script({200, 409, 200, 200}, R"({"count":1})");
  writer.start();
  writer.submit(ingress("a", "192.0.2.1"));
  transport->wait_for(1);
  writer.submit(event("host taken"));
  for (const auto& request : transport->wait_for(4)) EXPECT_EQ(request.deadline, deadline) << request.target;
}

TEST_F(StatusWriterTest, APermitThatEndsBetweenTheRequestsOfAnEventEndsItsWriting) {
  transport->script({409, 200, 200}, R"({"count":1})");
  transport->hold(true);
  writer.start();
  writer.submit(event("host taken"));
  transport->wait_begun(1);
  permit_until(std::nullopt);
  transport->hold(false);
  EXPECT_TRUE(writer.stop(std::chrono::seconds(20)));
  EXPECT_EQ(transport->count(), 1u);
}

TEST_F(StatusWriterTest, AnEventThatAnotherLeaderHasToldIsNotCountedUp) {
  transport->script({409, 200});
  writer.lead(false);
  writer.start();
  writer.submit(event("host taken"));
  writer.lead(true);
  transport->wait_for(1);
  writer.submit(ingress("a", "192.0.2.1"));
  EXPECT_EQ(transport->wait_for(2)[1].method, "PATCH");
  EXPECT_NE(transport->wait_for(2)[1].target.find("/ingresses/a/"), std::string::npos);
}

TEST_F(StatusWriterTest, ANewTermKnowsNothingOfWhatWasWrittenInTheOneBefore) {
  writer.start();
  writer.submit(ingress("a", "192.0.2.1"));
  transport->wait_for(1);
  writer.lead(false);
  writer.lead(true);
  writer.submit(ingress("a", "192.0.2.1"));
  EXPECT_EQ(transport->wait_for(2).size(), 2u) << "another may have written meanwhile";
}

TEST_F(StatusWriterTest, StoppingLetsAWriteFinishOrSaysThatItDidNot) {
  transport->hold(true);
  writer.start();
  writer.submit(ingress("a", "192.0.2.1"));
  transport->wait_begun(1);
  EXPECT_FALSE(writer.stop(std::chrono::milliseconds(10))) << "it is under way";

  const auto quick = std::make_shared<FakeTransport>();
  StatusWriter other(
      quick, "m", [] { return BootClock::time_point::max(); }, metrics);
  other.lead(true);
  other.start();
  other.submit(ingress("a", "192.0.2.1"));
  quick->wait_for(1);
  EXPECT_TRUE(other.stop(std::chrono::seconds(20)));
}

}  // namespace
}  // namespace palpo::status
