// SPDX-License-Identifier: Apache-2.0
#include "controller/status/lane.h"

#include <gtest/gtest.h>

#include <string>

namespace palpo::status {
namespace {

using namespace std::chrono_literals;

struct LaneTest : testing::Test {
  Lane<std::string> lane;
  Clock::time_point now{1h};

  std::string take() { return lane.take(now).value_or("nothing"); }
  void settle(const std::string& id, Outcome outcome, std::chrono::seconds retry_after = 0s) {
    lane.settle(id, outcome, now, retry_after);
  }
  // Takes the next and says what came of it.
  std::string handle(Outcome outcome, std::chrono::seconds retry_after = 0s) {
    const auto id = take();
    if (id != "nothing") settle(id, outcome, retry_after);
    return id;
  }
  std::chrono::nanoseconds pause() const { return lane.next_turn() - now; }
};

TEST_F(LaneTest, EachHasItsTurnInOrder) {
  EXPECT_EQ(take(), "nothing");
  EXPECT_EQ(lane.next_turn(), Clock::time_point::max());
  for (const auto* id : {"a", "b", "c"}) lane.push(id);
  EXPECT_EQ(handle(Outcome::done), "a");
  EXPECT_EQ(handle(Outcome::pointless), "b");
  EXPECT_EQ(handle(Outcome::refused), "c");
  EXPECT_EQ(take(), "nothing");
}

TEST_F(LaneTest, AServerThatIsAwayIsAskedAgainAfterPausesThatGrowFromSmallToFiveSeconds) {
  lane.push("a");
  lane.push("b");
  EXPECT_EQ(handle(Outcome::unavailable), "a");
  EXPECT_GT(pause(), 0ms);
  EXPECT_LE(pause(), 200ms);
  EXPECT_EQ(take(), "nothing") << "nor is anything else sent";
  for (int i = 0; i < 20; ++i) {
    now = lane.next_turn();
    EXPECT_NE(handle(Outcome::unavailable), "nothing");
    EXPECT_LE(pause(), 5s);
  }
  now = lane.next_turn();
  EXPECT_NE(handle(Outcome::done), "nothing");
  EXPECT_NE(handle(Outcome::unavailable), "nothing");
  EXPECT_LE(pause(), 200ms) << "small again";
}

TEST_F(LaneTest, TheServersOwnTimeIsKeptWithinReason) {
  lane.push("a");
  handle(Outcome::unavailable, 17s);
  EXPECT_EQ(pause(), 17s);
  now = lane.next_turn();
  handle(Outcome::unavailable, 86400s);
  EXPECT_EQ(pause(), 300s);
}

TEST_F(LaneTest, WhatIsDeniedWaitsAsideUntilOneOfItIsAllowed) {
  for (const auto* id : {"a", "b", "c"}) lane.push(id);
  for (int i = 0; i < 3; ++i) EXPECT_NE(handle(Outcome::denied), "nothing") << "each once";
  EXPECT_LE(pause(), 200ms);
  lane.push("new");
  EXPECT_EQ(handle(Outcome::done), "new") << "at once; that it is allowed says nothing of the others";
  int probes = 0;
  for (; now < Clock::time_point{1h} + 60s; now = lane.next_turn())
    if (handle(Outcome::denied) != "nothing") ++probes;
  EXPECT_LE(pause(), 5s);
  EXPECT_LE(probes, 40) << "one at a time";
  EXPECT_GE(probes, 12);
  now = lane.next_turn();
  EXPECT_NE(handle(Outcome::done), "nothing");
  EXPECT_NE(handle(Outcome::done), "nothing") << "then all of them at once";
  EXPECT_NE(handle(Outcome::done), "nothing");
  EXPECT_EQ(lane.next_turn(), Clock::time_point::max());
}

}  // namespace
}  // namespace palpo::status
