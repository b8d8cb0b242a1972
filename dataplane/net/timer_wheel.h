// SPDX-License-Identifier: Apache-2.0
// Coarse deadlines for many connections. Moving a deadline later, or giving it up, is one store; the wheel
// looks at an entry when the time it was filed under comes, and files it again if it is not due. One worker's
// thread, whose clock it is: time stands still within a turn. Not for exact timing: a deadline fires up to
// one tick late.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace palpo::net {

// Something with one deadline. Leaves the wheel when destroyed.
class Timed {
 public:
  Timed() = default;
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  virtual ~Timed() { unlink(); }

 protected:
  virtual void on_deadline() = 0;  // the deadline is given up before the call

 private:
  friend class TimerWheel;
  static constexpr std::uint64_t kNever = UINT64_MAX;
  void unlink();
  std::uint64_t deadline_ = kNever;  // in ticks
  std::uint64_t filed_ = kNever;     // the tick whose slot holds it; kNever: none
  Timed* previous_ = nullptr;
  Timed* next_ = nullptr;
};

class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{250};

  explicit TimerWheel(Clock::time_point now);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  void set(Timed& timed, std::chrono::milliseconds after) {
    timed.deadline_ = tick_ + 1 + static_cast<std::uint64_t>(after / kTick);
    if (timed.deadline_ < timed.filed_) file(timed);
  }
  void clear(Timed& timed) { timed.deadline_ = Timed::kNever; }

  void begin_turn(Clock::time_point now) { now_ = now; }
  Clock::time_point now() const { return now_; }  // of this turn

  // Begins a turn, and calls on_deadline() of what is due. Entries may be set, cleared and destroyed
  // meanwhile.
  void advance(Clock::time_point now);
  std::chrono::milliseconds until_next_tick(Clock::time_point now) const;

 private:
  static constexpr std::size_t kSlots = 512;  // 128 s; what is due later is looked at in between
  struct Head final : Timed {
    Head() { clear(); }
    void clear();
    bool empty() const;
    void on_deadline() override {}
  };
  void file(Timed& timed);
  void expire(Head& due);

  Clock::time_point start_;
  Clock::time_point now_;
  std::uint64_t tick_ = 0;
  std::array<Head, kSlots> slots_;
};

}  // namespace palpo::net
