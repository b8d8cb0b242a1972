// SPDX-License-Identifier: Apache-2.0
#include "controller/status/wishes.h"

#include <gtest/gtest.h>

namespace palpo::status {
namespace {

using namespace std::chrono_literals;

struct WishesTest : testing::Test {
  Wishes wishes;
  Clock::time_point now{100h};

  static WantedStatus status(const std::string& name, const std::string& ip = "192.0.2.1",
                             kube::Kind kind = kube::Kind::ingress) {
    WantedStatus wanted;
    wanted.kind = kind;
    wanted.meta.key = {"ns", name};
    wanted.status.addresses = {{ip, ""}};
    return wanted;
  }
  static WantedEvent event(const std::string& message) {
    WantedEvent wanted;
    wanted.message = message;
    return wanted;
  }
  // What is taken next, in a word.
  static std::string word(const Wishes::Taken& taken) {
    if (const auto* const found = std::get_if<WantedStatus>(&taken.wish))
      return found->meta.key.name + "=" + found->status.addresses.front().ip;
    const auto& waiting = std::get<WaitingEvent>(taken.wish);
    return waiting.event.message + (waiting.held ? " (held)" : "");
  }
  std::string handle(Outcome outcome) {
    auto taken = wishes.take(now);
    if (!taken) return "nothing";
    auto said = word(*taken);
    wishes.settle(*std::move(taken), outcome, now, 0s);
    return said;
  }
};

TEST_F(WishesTest, TheNewestOfAnObjectIsTakenOnceAndHomeserversComeFirst) {
  wishes.lead(true, now);
  wishes.submit(event("told"), now);
  wishes.submit(status("web", "192.0.2.1"));
  wishes.submit(status("web", "192.0.2.2"));
  wishes.submit(status("hs", "192.0.2.3", kube::Kind::homeserver));
  EXPECT_EQ(handle(Outcome::done), "hs=192.0.2.3");
  EXPECT_EQ(handle(Outcome::done), "web=192.0.2.2");
  EXPECT_EQ(handle(Outcome::done), "told");
  EXPECT_EQ(handle(Outcome::done), "nothing");
  EXPECT_EQ(wishes.next_turn(), Clock::time_point::max());
}

TEST_F(WishesTest, WhatCannotBeWrittenWaitsUnlessThereIsANewerWish) {
  wishes.lead(true, now);
  wishes.submit(status("web", "192.0.2.1"));
  auto taken = wishes.take(now);
  wishes.submit(status("web", "192.0.2.2"));
  wishes.settle(*std::move(taken), Outcome::unavailable, now, 0s);
  EXPECT_EQ(handle(Outcome::unavailable), "web=192.0.2.2");
  EXPECT_EQ(handle(Outcome::done), "nothing") << "after a pause";
  now += 10s;
  EXPECT_EQ(handle(Outcome::done), "web=192.0.2.2");
}

TEST_F(WishesTest, WhileAnotherLeadsStatusesAreNotKeptAndEventsAre) {
  wishes.submit(status("web"));
  wishes.submit(event("told"), now);
  EXPECT_EQ(handle(Outcome::done), "nothing");
  EXPECT_EQ(wishes.next_turn(), Clock::time_point::max());
  wishes.lead(true, now);
  EXPECT_EQ(handle(Outcome::done), "told (held)");
  EXPECT_EQ(handle(Outcome::done), "nothing");
}

TEST_F(WishesTest, AnEventIsHeldForAnHour) {
  wishes.submit(event("old"), now);
  now += 31min;
  wishes.submit(event("young"), now);
  now += 30min;
  wishes.lead(true, now);
  EXPECT_EQ(handle(Outcome::done), "young (held)");
  EXPECT_EQ(handle(Outcome::done), "nothing");
}

TEST_F(WishesTest, TheOldestOfTooManyEventsAreDropped) {
  wishes.lead(true, now);
  for (int i = 0; i < 1001; ++i) wishes.submit(event(std::to_string(i)), now);
  EXPECT_EQ(handle(Outcome::done), "1");
}

TEST_F(WishesTest, WithTheLeadAllStatusesGoAndEventsStay) {
  wishes.lead(true, now);
  wishes.submit(status("web"));
  wishes.submit(event("told"), now);
  wishes.lead(false, now);
  EXPECT_EQ(handle(Outcome::done), "nothing");
  wishes.lead(true, now);
  EXPECT_EQ(handle(Outcome::done), "told (held)");
  EXPECT_EQ(handle(Outcome::done), "nothing");
}

TEST_F(WishesTest, AWriteThatWasUntimelyEndsTheTermBeforeItIsTold) {
  wishes.lead(true, now);
  wishes.submit(status("web"));
  wishes.submit(event("told"), now);
  EXPECT_EQ(handle(Outcome::untimely), "web=192.0.2.1");
  EXPECT_EQ(handle(Outcome::done), "nothing");
  wishes.lead(true, now);
  EXPECT_EQ(handle(Outcome::untimely), "told (held)") << "the status is to be wished anew";
  wishes.lead(true, now);
  EXPECT_EQ(handle(Outcome::done), "told (held)") << "nothing is lost";
}

TEST_F(WishesTest, WhatBelongsToATermBeforeEndsNothing) {
  wishes.lead(true, now);
  wishes.submit(status("web"));
  wishes.submit(event("told"), now);
  auto of_status = wishes.take(now);
  auto of_event = wishes.take(now);
  wishes.lead(false, now);
  wishes.lead(true, now);
  wishes.submit(status("web", "192.0.2.9"));
  wishes.settle(*std::move(of_status), Outcome::untimely, now, 0s);
  wishes.settle(*std::move(of_event), Outcome::untimely, now, 0s);
  EXPECT_EQ(handle(Outcome::done), "web=192.0.2.9");
  EXPECT_EQ(handle(Outcome::done), "told (held)");
  EXPECT_EQ(handle(Outcome::done), "nothing");
}

TEST_F(WishesTest, WhoeverWaitsNoticesEveryChange) {
  auto seen = wishes.changes();
  const auto changed = [&] { return std::exchange(seen, wishes.changes()) != seen; };
  wishes.lead(true, now);
  EXPECT_TRUE(changed());
  wishes.submit(status("web"));
  EXPECT_TRUE(changed());
  wishes.submit(event("told"), now);
  EXPECT_TRUE(changed());
  wishes.lead(false, now);
  EXPECT_TRUE(changed());
}

}  // namespace
}  // namespace palpo::status
