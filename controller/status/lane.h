// SPDX-License-Identifier: Apache-2.0
// What waits to be written of one sort, in order, and when its turn is: a server that is away is asked again
// after a pause that grows; what is denied waits aside and one of it is tried now and then, until a right is
// granted. Holds names only. Not thread-safe.
#pragma once
#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include "base/backoff.h"
#include "base/clock.h"

namespace palpo::status {

enum class Outcome {
  done,
  pointless,    // the object is gone or has changed: nothing to write, and nobody's fault
  refused,      // the server does not take it, and never will
  denied,       // a right is missing
  unavailable,  // the server cannot answer now
  untimely,     // this controller may not write now: another leads, or none
};

template <class Id>
class Lane {
 public:
  using Time = Clock::time_point;

  void push(Id id) { waiting_.push_back(std::move(id)); }

  std::optional<Id> take(Time now) {
    if (now < resume_) return std::nullopt;
    probing_ = waiting_.empty();
    if (!probing_) return pop(waiting_);
    if (denied_.empty() || now < probe_at_) return std::nullopt;
    return pop(denied_);
  }

  // What came of the one that was taken last.
  void settle(Id id, Outcome outcome, Time now, std::chrono::seconds retry_after) {
    switch (outcome) {
      case Outcome::done:
        pause_.reset();
        if (!probing_) return;
        probe_pause_.reset();
        std::move(denied_.begin(), denied_.end(), std::back_inserter(waiting_));
        denied_.clear();
        return;
      case Outcome::pointless:
      case Outcome::refused:
      case Outcome::untimely:
        return;
      case Outcome::denied:
        if (denied_.empty() || probing_) probe_at_ = now + probe_pause_.next();
        denied_.push_back(std::move(id));
        return;
      case Outcome::unavailable:
        waiting_.push_back(std::move(id));
        resume_ = now + std::max<Time::duration>(pause_.next(), std::min(retry_after, kLongestRetryAfter));
    }
  }

  // Time::max(): nothing waits.
  Time next_turn() const {
    if (!waiting_.empty()) return resume_;
    return denied_.empty() ? Time::max() : std::max(resume_, probe_at_);
  }

 private:
  static constexpr std::chrono::seconds kLongestRetryAfter{300};
  static constexpr std::chrono::milliseconds kFirstPause{200};
  static constexpr std::chrono::milliseconds kLongestPause{5000};

  static Id pop(std::deque<Id>& from) {
    Id id = std::move(from.front());
    from.pop_front();
    return id;
  }

  std::deque<Id> waiting_, denied_;
  Time resume_{}, probe_at_{};
  Backoff pause_{kFirstPause, kLongestPause}, probe_pause_{kFirstPause, kLongestPause};
  bool probing_ = false;
};

}  // namespace palpo::status
