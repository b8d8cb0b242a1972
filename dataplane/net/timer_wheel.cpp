// SPDX-License-Identifier: Apache-2.0
#include "dataplane/net/timer_wheel.h"

#include <algorithm>

namespace palpo::net {

void Timed::unlink() {
  if (filed_ == kNever) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  filed_ = kNever;
}

void TimerWheel::Head::clear() {
  previous_ = this;
  next_ = this;
}

bool TimerWheel::Head::empty() const { return next_ == this; }

TimerWheel::TimerWheel(Clock::time_point now) : start_(now), now_(now) {}

TimerWheel::~TimerWheel() {
  for (Head& slot : slots_) {
    while (!slot.empty()) slot.next_->unlink();
  }
}

void TimerWheel::file(Timed& timed) {
  timed.unlink();
  timed.filed_ = std::min(timed.deadline_, tick_ + kSlots - 1);
  Head& slot = slots_[timed.filed_ % kSlots];
  timed.next_ = &slot;
  timed.previous_ = slot.previous_;
  slot.previous_->next_ = &timed;
  slot.previous_ = &timed;
}

void TimerWheel::expire(Head& due) {
  while (!due.empty()) {
    Timed& timed = *due.next_;
    timed.unlink();
    if (timed.deadline_ == Timed::kNever) continue;
    if (timed.deadline_ > tick_) {
      file(timed);
      continue;
    }
    timed.deadline_ = Timed::kNever;
    timed.on_deadline();
  }
}

void TimerWheel::advance(Clock::time_point now) {
  begin_turn(now);
  const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
  while (tick_ < target) {
    ++tick_;
    Head& slot = slots_[tick_ % kSlots];
    if (slot.empty()) continue;
    Head due;  // detached first: what is filed meanwhile waits for the slot's next round
    due.next_ = slot.next_;
    due.previous_ = slot.previous_;
    due.next_->previous_ = &due;
    due.previous_->next_ = &due;
    slot.clear();
    expire(due);
  }
}

std::chrono::milliseconds TimerWheel::until_next_tick(Clock::time_point now) const {
  const auto next = start_ + static_cast<std::int64_t>(tick_ + 1) * kTick;
  return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(next - now));
}

}  // namespace palpo::net
