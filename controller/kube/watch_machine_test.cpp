// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/watch_machine.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace palpo::kube {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

WatchMachine machine(Kind kind = Kind::homeserver, const std::string& namespace_ = "") {
  WatchOptions options;
  options.seed = 7;
  return {Reading{{kind, namespace_}, "", ""}, options};
}

std::string list_target(const WatchAction& action) {
  const auto* const next = std::get_if<ListNext>(&action.next);
  return next == nullptr ? "not a list" : next->target;
}
std::string watch_target(const WatchAction& action) {
  const auto* const next = std::get_if<WatchNext>(&action.next);
  return next == nullptr ? "not a watch" : next->target;
}
milliseconds delay(const WatchAction& action) {
  const auto* const next = std::get_if<WaitNext>(&action.next);
  return next == nullptr ? -1ms : next->delay;
}
bool watches_from(const WatchAction& action, const std::string& version) {
  return watch_target(action).find("&resourceVersion=" + version + "&") != std::string::npos;
}

constexpr const char* kFirstPage = "/apis/palpo.im/v1alpha1/palpohomeservers?limit=500";

// A machine that has listed up to version 10 and watches.
WatchMachine watching() {
  auto made = machine();
  made.start();
  made.step(PageRead{"", "10"});
  return made;
}

TEST(WatchMachine, TargetsOfEachKindAndNamespace) {
  EXPECT_EQ(list_target(machine().start()), kFirstPage);
  EXPECT_EQ(list_target(machine(Kind::secret).start()),
            "/api/v1/secrets?limit=500&fieldSelector=type%3Dkubernetes.io%2Ftls");
  EXPECT_EQ(list_target(machine(Kind::service, "edge").start()),
            "/api/v1/namespaces/edge/services?limit=500");
  EXPECT_EQ(list_target(machine(Kind::ingress_class, "edge").start()),
            "/apis/networking.k8s.io/v1/ingressclasses?limit=500");
  EXPECT_EQ(list_target(machine(Kind::namespace_).start()), "/api/v1/namespaces?limit=500");
  EXPECT_EQ(list_target(machine(Kind::namespace_, "edge").start()),
            "/api/v1/namespaces?limit=500&fieldSelector=metadata.name%3Dedge");
  WatchMachine one(Reading{{Kind::secret, "edge"}, "tls", ""}, {});
  EXPECT_EQ(list_target(one.start()),
            "/api/v1/namespaces/edge/"
            "secrets?limit=500&fieldSelector=type%3Dkubernetes.io%2Ftls%2Cmetadata.name%3Dtls");
  WatchMachine labelled(Reading{{Kind::ingress}, "", "team in (a,b),!old"}, {});
  EXPECT_EQ(list_target(labelled.start()),
            "/apis/networking.k8s.io/v1/ingresses?limit=500&labelSelector=team%20in%20%28a%2Cb%29%2C%21old");
  EXPECT_NE(watch_target(labelled.step(PageRead{"", "10"})).find("&labelSelector=team%20in"),
            std::string::npos);
  auto secrets = machine(Kind::secret);
  secrets.start();
  const auto target = watch_target(secrets.step(PageRead{"", "10"}));
  EXPECT_EQ(target.substr(0, target.find("&timeoutSeconds")),
            "/api/v1/secrets?watch=true&allowWatchBookmarks=true&resourceVersion=10");
  EXPECT_NE(target.find("&fieldSelector=type%3Dkubernetes.io%2Ftls"), std::string::npos);
}

TEST(WatchMachine, WatchLengthIsSpreadUpwardByATenth) {
  std::vector<int> lengths;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    WatchOptions options;
    options.seed = seed;
    WatchMachine made(Reading{.scope = {Kind::service}}, options);
    made.start();
    const auto target = watch_target(made.step(PageRead{"", "1"}));
    lengths.push_back(std::stoi(target.substr(target.find("timeoutSeconds=") + 15)));
  }
  EXPECT_GE(*std::min_element(lengths.begin(), lengths.end()), 290);
  EXPECT_LE(*std::max_element(lengths.begin(), lengths.end()), 319);
  EXPECT_NE(*std::min_element(lengths.begin(), lengths.end()),
            *std::max_element(lengths.begin(), lengths.end()));
}

TEST(WatchMachine, PagesThenWatchFromTheListsVersion) {
  auto tested = machine();
  EXPECT_TRUE(std::get<ListNext>(tested.start().next).first);
  auto action = tested.step(PageRead{"a/b=", "10"});
  EXPECT_EQ(list_target(action), std::string(kFirstPage) + "&continue=a%2Fb%3D");
  EXPECT_FALSE(std::get<ListNext>(action.next).first);
  EXPECT_FALSE(action.list_complete);
  action = tested.step(PageRead{"", "10"});
  EXPECT_TRUE(action.list_complete);
  EXPECT_TRUE(watches_from(action, "10"));
}

TEST(WatchMachine, ContinueExpiredBeginsAnew) {
  auto tested = machine();
  tested.start();
  tested.step(PageRead{"token", "10"});
  const auto action = tested.step(Refused{410, "expired", 0s});
  EXPECT_EQ(list_target(action), kFirstPage);
  EXPECT_TRUE(std::get<ListNext>(action.next).first);
  EXPECT_FALSE(action.trouble);
}

TEST(WatchMachine, PageThatFailsInPassingIsAskedAgain) {
  auto tested = machine();
  tested.start();
  tested.step(PageRead{"token", "10"});
  EXPECT_GT(delay(tested.step(Refused{503, "busy", 0s})), 0ms);
  const auto action = tested.step(Waited{});
  EXPECT_EQ(list_target(action), std::string(kFirstPage) + "&continue=token");
  EXPECT_FALSE(std::get<ListNext>(action.next).first);
}

TEST(WatchMachine, StreamEndResumesBehindTheLastWholeEvent) {
  auto tested = watching();
  tested.saw("11");
  tested.saw("12");
  EXPECT_TRUE(watches_from(tested.step(StreamEnded{290s}), "12"));
  EXPECT_TRUE(watches_from(tested.step(Disconnected{"reset", 300s}), "12"));
}

TEST(WatchMachine, StreamThatKeepsDyingBacksOff) {
  auto tested = watching();
  EXPECT_TRUE(watches_from(tested.step(StreamEnded{1ms}), "10"));
  milliseconds last = 0ms;
  for (int i = 0; i < 12; ++i) {
    last = delay(
        tested.step(i % 2 == 0 ? WatchInput(StreamEnded{1ms}) : WatchInput(Disconnected{"reset", 1ms})));
    ASSERT_GT(last, 0ms) << i;
    ASSERT_LE(last, 5s) << i;
    ASSERT_TRUE(watches_from(tested.step(Waited{}), "10")) << i;
  }
  EXPECT_EQ(last, 5s);
  tested.saw("11");
  EXPECT_TRUE(watches_from(tested.step(StreamEnded{1ms}), "11")) << "an event is progress";
}

TEST(WatchMachine, LongStreamsNeverWait) {
  auto tested = watching();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(watches_from(tested.step(StreamEnded{290s}), "10"));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(watches_from(tested.step(Disconnected{"silent", 90s}), "10"));
}

TEST(WatchMachine, VersionGoneListsAgainAtOnceButNotInALoop) {
  auto tested = watching();
  auto action = tested.step(Refused{410, "too old", 0s});
  EXPECT_EQ(list_target(action), kFirstPage);
  EXPECT_FALSE(action.trouble);
  EXPECT_TRUE(watches_from(tested.step(PageRead{"", "20"}), "20"));
  action = tested.step(Refused{410, "too old", 0s});
  EXPECT_GT(delay(action), 0ms) << "refused right after a list";
  EXPECT_EQ(list_target(tested.step(Waited{})), kFirstPage);
  tested.step(PageRead{"", "30"});
  tested.saw("31");
  EXPECT_EQ(list_target(tested.step(Refused{410, "too old", 0s})), kFirstPage) << "an event was progress";
}

TEST(WatchMachine, GarbledEventListsAgain) {
  auto tested = watching();
  tested.saw("11");
  EXPECT_EQ(list_target(tested.step(Garbled{"half"})), kFirstPage);
  tested.step(PageRead{"", "11"});
  EXPECT_GT(delay(tested.step(Garbled{"half"})), 0ms);
}

TEST(WatchMachine, RetryAfterIsHonouredAndSpread) {
  for (const int status : {429, 503}) {
    auto tested = watching();
    const auto first = delay(tested.step(Refused{status, "busy", 17s}));
    EXPECT_GT(first, 17s) << status;
    EXPECT_LE(first, 17s + 100ms) << status;
    EXPECT_TRUE(watches_from(tested.step(Waited{}), "10")) << status;
    const auto second = delay(tested.step(Refused{status, "busy", 86400s}));
    EXPECT_GT(second, 300s);
    EXPECT_LE(second, 300s + 200ms) << "bounded";
  }
  auto listing = machine();
  listing.start();
  EXPECT_GT(delay(listing.step(Refused{429, "busy", 3s})), 3s);
  EXPECT_EQ(list_target(listing.step(Waited{})), kFirstPage);
}

// Steps on through waits; what is asked for next.
WatchAction after_wait(WatchMachine& tested, const WatchAction& action) {
  EXPECT_GT(delay(action), 0ms);
  EXPECT_LE(delay(action), 2s) << "a right may be given at any time";
  return tested.step(Waited{});
}

TEST(WatchMachine, DenialIsToldOnceSaidEachTimeAndAskedAboutSoonAndForever) {
  for (const int status : {404, 403}) {
    auto tested = machine();
    tested.start();
    auto action = tested.step(Refused{status, "no", 0s});
    ASSERT_TRUE(action.trouble.has_value());
    EXPECT_TRUE(action.trouble->starts_with("the API server answers " + std::to_string(status) + ": no"));
    EXPECT_TRUE(action.unreadable);
    EXPECT_EQ(action.denied, action.trouble);
    EXPECT_LE(delay(action), 200ms) << "begins small";
    for (int i = 0; i < 30; ++i) {
      EXPECT_EQ(list_target(after_wait(tested, action)), kFirstPage);
      action = tested.step(Refused{status, "no", 0s});
      EXPECT_FALSE(action.trouble) << i;
      EXPECT_TRUE(action.denied) << i;
    }
    tested.step(Waited{});
    action = tested.step(PageRead{"", "5"});
    EXPECT_TRUE(action.list_complete);
    EXPECT_TRUE(action.recovered);
    EXPECT_FALSE(tested.step(Refused{410, "gone", 0s}).recovered);
  }
}

TEST(WatchMachine, OnlyKindsOfTheClusterMayBeAbsentByARightAndOnlyTheCrdByItsDefinition) {
  const auto absent = [](Kind kind, int status) {
    auto tested = machine(kind);
    tested.start();
    return tested.step(Refused{status, "no", 0s}).absent;
  };
  for (const Kind kind : kAllKinds) {
    EXPECT_EQ(absent(kind, 403), kind == Kind::ingress_class || kind == Kind::namespace_) << info(kind).name;
    EXPECT_EQ(absent(kind, 404), kind == Kind::homeserver) << info(kind).name;
    EXPECT_FALSE(absent(kind, 401)) << info(kind).name;
  }
  auto known = machine(Kind::ingress_class);
  known.start();
  known.step(PageRead{"", "5"});
  const auto action = known.step(Refused{403, "no", 0s});
  EXPECT_TRUE(action.denied);
  EXPECT_FALSE(action.absent) << "what was read is kept";
}

TEST(WatchMachine, AdviceNamesTheRightThatIsMissing) {
  const auto advice = [](Kind kind, const std::string& namespace_) {
    auto tested = machine(kind, namespace_);
    tested.start();
    return tested.step(Refused{403, "no", 0s}).trouble.value_or("");
  };
  EXPECT_EQ(advice(Kind::secret, ""),
            "the API server answers 403: no; grant the verbs list and watch on secrets of the API group \"\" "
            "cluster-wide (ClusterRole)");
  EXPECT_EQ(
      advice(Kind::endpoint_slice, "edge"),
      "the API server answers 403: no; grant the verbs list and watch on endpointslices of the API group "
      "\"discovery.k8s.io\" in the namespace edge (Role)");
  EXPECT_TRUE(advice(Kind::ingress_class, "edge").ends_with("cluster-wide (ClusterRole)"));
}

TEST(WatchMachine, ListsStandInForAWatchThatIsDenied) {
  auto tested = watching();
  auto action = tested.step(Refused{403, "cannot watch", 0s});
  EXPECT_TRUE(action.trouble);
  EXPECT_EQ(list_target(after_wait(tested, action)), kFirstPage) << "both verbs may have been taken away";
  action = tested.step(PageRead{"", "20"});
  EXPECT_TRUE(action.list_complete);
  EXPECT_FALSE(action.recovered);
  int lists = 0, watches = 0;
  for (int i = 0; i < 60; ++i) {
    action = tested.step(Refused{403, "cannot watch", 0s});
    EXPECT_FALSE(action.trouble) << i;
    EXPECT_TRUE(action.denied) << i;
    action = after_wait(tested, action);
    if (std::holds_alternative<WatchNext>(action.next)) {
      ++watches;
      continue;
    }
    ++lists;
    action = tested.step(PageRead{"", "30"});
  }
  EXPECT_EQ(lists, 4);
  EXPECT_EQ(watches, 56);
  EXPECT_TRUE(tested.saw("31")) << "over";
}

TEST(WatchMachine, RightsThatComeBackAreToldWithTheList) {
  auto tested = watching();
  tested.step(Refused{403, "cannot watch", 0s});
  tested.step(Waited{});
  EXPECT_FALSE(tested.step(Refused{403, "cannot list", 0s}).trouble) << "the same trouble";
  tested.step(Waited{});
  EXPECT_TRUE(tested.step(PageRead{"", "20"}).recovered);
}

TEST(WatchMachine, KindThatGoesAwayIsListedUntilItIsBack) {
  auto tested = watching();
  auto action = tested.step(Refused{404, "no such resource", 0s});
  EXPECT_TRUE(action.denied);
  EXPECT_EQ(list_target(after_wait(tested, action)), kFirstPage);
}

TEST(WatchMachine, EachClassOfTroubleBeforeTheFirstListIsToldOnce) {
  auto tested = machine();
  tested.start();
  auto action = tested.step(Disconnected{"connection refused", 0ms});
  EXPECT_EQ(action.trouble, "connection refused");
  EXPECT_TRUE(action.unreadable);
  EXPECT_FALSE(action.absent);
  const auto told_next = [&](const WatchInput& input) {
    tested.step(Waited{});
    return tested.step(input).trouble.value_or("");
  };
  EXPECT_EQ(told_next(Disconnected{"no route", 0ms}), "");
  EXPECT_EQ(told_next(Disconnected{"certificate expired", 0ms, true}), "certificate expired");
  EXPECT_EQ(told_next(Refused{500, "oops", 0s}), "the API server answers 500: oops");
  EXPECT_EQ(told_next(Refused{500, "oops again", 0s}), "");
  EXPECT_EQ(told_next(Refused{401, "who?", 0s}), "the API server answers 401: who?");
  EXPECT_EQ(told_next(Garbled{"half"}), "half");
}

TEST(WatchMachine, ServerGoneLaterIsATroubleOnlyWhenItLasts) {
  auto tested = watching();
  auto action = tested.step(Disconnected{"reset", 1ms});
  EXPECT_FALSE(action.trouble) << "resumed at once";
  action = tested.step(Disconnected{"refused", 1ms});
  EXPECT_EQ(action.trouble, "refused");
  EXPECT_FALSE(action.unreadable) << "what is known is served, and the watch resumes";
  tested.step(Waited{});
  EXPECT_FALSE(tested.step(Disconnected{"refused", 1ms}).trouble);
  tested.step(Waited{});
  EXPECT_TRUE(tested.saw("11")) << "over";
  EXPECT_FALSE(tested.saw("12"));
}

TEST(WatchMachine, UnauthorizedWaitsForAnotherTokenAndNeverLong) {
  auto tested = watching();
  auto action = tested.step(Refused{401, "Unauthorized", 0s});
  EXPECT_LE(delay(action), 200ms);
  EXPECT_TRUE(watches_from(after_wait(tested, action), "10"));
  for (int i = 0; i < 30; ++i) after_wait(tested, tested.step(Refused{401, "Unauthorized", 0s}));
}

TEST(WatchMachine, VersionTheServerNeverTakesIsGivenUp) {
  auto tested = watching();
  int tries = 0;
  WatchAction action;
  do {
    action = tested.step(Refused{504, "Too large resource version", 0s});
    action = tested.step(Waited{});
    ASSERT_LT(++tries, 20);
  } while (std::holds_alternative<WatchNext>(action.next));
  EXPECT_EQ(list_target(action), kFirstPage);
  auto refused = watching();
  EXPECT_EQ(list_target(refused.step(Refused{400, "invalid resource version", 0s})), kFirstPage);
}

TEST(WatchMachine, BackoffStartsSmallAgainAfterSuccess) {
  auto tested = machine();
  tested.start();
  for (int i = 0; i < 10; ++i) {
    tested.step(Disconnected{"refused", 0ms});
    tested.step(Waited{});
  }
  tested.step(PageRead{"", "10"});
  tested.step(StreamEnded{1ms});
  EXPECT_LE(delay(tested.step(StreamEnded{1ms})), 200ms);
}

}  // namespace
}  // namespace palpo::kube
