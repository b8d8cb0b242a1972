// SPDX-License-Identifier: Apache-2.0
#include "dataplane/net/timer_wheel.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace palpo::net {
namespace {

using std::chrono::milliseconds;

class Alarm final : public Timed {
 public:
  explicit Alarm(std::function<void()> on_ring = {}) : on_ring_(std::move(on_ring)) {}
  int rings = 0;

 private:
  void on_deadline() override {
    ++rings;
    if (on_ring_) on_ring_();
  }
  std::function<void()> on_ring_;
};

class TimerWheelTest : public testing::Test {
 protected:
  void pass(milliseconds time) {
    now_ += time;
    wheel_.advance(now_);
  }
  Clock::time_point now_ = Clock::now();
  TimerWheel wheel_{now_};
};

TEST_F(TimerWheelTest, FiresOnceNotBeforeAndAtMostATickLate) {
  Alarm alarm;
  wheel_.set(alarm, milliseconds(1000));
  pass(milliseconds(999));
  EXPECT_EQ(alarm.rings, 0);
  pass(milliseconds(1) + TimerWheel::kTick);
  EXPECT_EQ(alarm.rings, 1);
  pass(milliseconds(10000));
  EXPECT_EQ(alarm.rings, 1);
}

TEST_F(TimerWheelTest, ALaterDeadlineReplacesAnEarlierOneAndTheOtherWayRound) {
  Alarm later;
  Alarm earlier;
  wheel_.set(later, milliseconds(500));
  wheel_.set(later, milliseconds(5000));
  wheel_.set(earlier, milliseconds(5000));
  wheel_.set(earlier, milliseconds(500));
  pass(milliseconds(1000));
  EXPECT_EQ(later.rings, 0);
  EXPECT_EQ(earlier.rings, 1);
  pass(milliseconds(4500));
  EXPECT_EQ(later.rings, 1);
  EXPECT_EQ(earlier.rings, 1);
}

TEST_F(TimerWheelTest, ClearedDoesNotFireAndCanBeSetAgain) {
  Alarm alarm;
  wheel_.set(alarm, milliseconds(500));
  wheel_.clear(alarm);
  pass(milliseconds(2000));
  EXPECT_EQ(alarm.rings, 0);
  wheel_.set(alarm, milliseconds(500));
  pass(milliseconds(1000));
  EXPECT_EQ(alarm.rings, 1);
}

TEST_F(TimerWheelTest, DeadlinesBeyondTheWheelsHorizon) {
  Alarm alarm;
  wheel_.set(alarm, std::chrono::seconds(600));
  for (int second = 0; second < 600; ++second) pass(milliseconds(1000));
  EXPECT_EQ(alarm.rings, 0);
  pass(milliseconds(1000));
  EXPECT_EQ(alarm.rings, 1);
}

TEST_F(TimerWheelTest, EntriesMayBeDestroyedSetAndClearedWhileOthersFire) {
  auto neighbour = std::make_unique<Alarm>();
  Alarm cleared;
  Alarm first([&] {
    neighbour.reset();
    wheel_.clear(cleared);
    wheel_.set(first, milliseconds(250));
  });
  wheel_.set(first, milliseconds(250));
  wheel_.set(*neighbour, milliseconds(250));
  wheel_.set(cleared, milliseconds(250));
  pass(milliseconds(600));
  EXPECT_GE(first.rings, 1);
  EXPECT_EQ(cleared.rings, 0);
  EXPECT_EQ(neighbour, nullptr);
}

// Against the obvious model: whatever is set when, each alarm rings within a tick of its last deadline.
TEST_F(TimerWheelTest, AgreesWithAModelOverRandomChanges) {
  std::mt19937 random(7);
  struct Tracked {
    Alarm alarm;
    std::optional<Clock::time_point> due;
    int expected = 0;
  };
  std::vector<std::unique_ptr<Tracked>> tracked;
  for (int i = 0; i < 50; ++i) tracked.push_back(std::make_unique<Tracked>());
  for (int step = 0; step < 5000; ++step) {
    Tracked& chosen = *tracked[random() % tracked.size()];
    if (random() % 4 == 0) {
      wheel_.clear(chosen.alarm);
      chosen.due.reset();
    } else {
      const milliseconds after(random() % 200000);
      wheel_.set(chosen.alarm, after);
      chosen.due = now_ + after;
    }
    pass(milliseconds(random() % 700));
    for (auto& each : tracked) {
      if (!each->due) continue;
      if (now_ >= *each->due + 2 * TimerWheel::kTick) {
        ASSERT_EQ(each->alarm.rings, ++each->expected);
        each->due.reset();
      } else if (each->alarm.rings > each->expected) {
        ASSERT_GE(now_ + TimerWheel::kTick, *each->due);
        ++each->expected;
        each->due.reset();
      }
    }
  }
}

TEST_F(TimerWheelTest, SaysHowLongToTheNextTick) {
  EXPECT_LE(wheel_.until_next_tick(now_), TimerWheel::kTick);
  EXPECT_EQ(wheel_.until_next_tick(now_ + milliseconds(5000)), milliseconds(0));
}

}  // namespace
}  // namespace palpo::net
