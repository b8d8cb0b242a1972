// SPDX-License-Identifier: Apache-2.0
#include "dataplane/net/event_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace palpo::net {
namespace {

class Probe final : public Watched {
 public:
  explicit Probe(std::function<void(std::uint32_t)> on_event) : on_event_(std::move(on_event)) {}
  ~Probe() override {
    if (gone != nullptr) *gone = true;
  }
  bool* gone = nullptr;

 private:
  void on_ready(std::uint32_t events) override { on_event_(events); }
  std::function<void(std::uint32_t)> on_event_;
};

TEST(EventLoop, RunsPostedTasksInOrderFromOtherThreads) {
  EventLoop loop;
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&seen, i] { seen.push_back(i); });
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  other.join();
  ASSERT_EQ(seen.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(EventLoop, RetiredObjectsHearNothingMoreAndDieAtTheEndOfTheTurn) {
  EventLoop loop;
  const Fd event(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
  bool gone = false;
  int calls = 0;
  auto victim = std::make_unique<Probe>([&](std::uint32_t) { ++calls; });
  victim->gone = &gone;
  Probe* raw = victim.get();
  ASSERT_EQ(loop.watch(event.get(), *raw), 0);
  loop.post([&] {
    loop.again(*raw);
    loop.retire(std::move(victim));
    EXPECT_FALSE(gone);
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  EXPECT_TRUE(gone);
  EXPECT_LE(calls, 1);  // the event may come before the task, never after
}

TEST(EventLoop, AgainCallsOnceInTheNextTurn) {
  EventLoop loop;
  int calls = 0;
  Probe probe([&](std::uint32_t events) {
    EXPECT_EQ(events, 0U);
    if (++calls < 3) {
      loop.again(probe);
      loop.again(probe);
    } else {
      loop.stop();
    }
  });
  loop.again(probe);
  loop.run();
  EXPECT_EQ(calls, 3);
}

TEST(EventLoop, DeadlinesFireWithoutAnyDescriptorReady) {
  struct Alarm final : Timed {
    explicit Alarm(EventLoop& owner) : loop(owner) {}
    void on_deadline() override { loop.stop(); }
    EventLoop& loop;
  };
  EventLoop loop;
  Alarm alarm(loop);
  loop.timers().set(alarm, std::chrono::milliseconds(1));
  loop.run();  // ends
}

}  // namespace
}  // namespace palpo::net
