// SPDX-License-Identifier: Apache-2.0
// What waits to be written, and whose turn it is: the newest wish an object, and Events. While another
// controller leads wishes of statuses are dropped and Events kept for a while, in case that one comes to an
// end before it has told them. Not thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "controller/kube/kinds.h"
#include "controller/status/lane.h"

namespace palpo::status {

// The status an object should have.
struct WantedStatus {
  kube::Kind kind = kube::Kind::ingress;
  kube::Meta meta;      // of the object the wish was made from
  kube::Status status;  // empty: nothing is to be said any more
};

// A core/v1 Event about an object; equal ones within an hour are counted up on the server instead of
// repeated.
struct WantedEvent {
  kube::Kind kind = kube::Kind::ingress;
  kube::Meta meta;
  bool warning = true;
  std::string reason;
  std::string message;
};

// An Event that waited while another controller led is written unless it is there already: then that one has
// told it.
struct WaitingEvent {
  WantedEvent event;
  Clock::time_point since{};
  bool held = false;
};

class Wishes {
 public:
  using Time = Clock::time_point;
  // Begins or ceases to lead; nothing that waited before concerns the new term but Events.
  void lead(bool leading, Time now);

  void submit(WantedStatus status);
  void submit(WantedEvent event, Time now);

  struct Taken {
    std::variant<WantedStatus, WaitingEvent> wish;
    std::uint64_t event_id = 0;
    std::uint64_t term = 0;
  };
  std::optional<Taken> take(Time now);
  // What came of it. Denied, unavailable and untimely ones wait again, unless there is a newer wish.
  void settle(Taken taken, Outcome outcome, Time now, std::chrono::seconds retry_after);

  Time next_turn() const;                             // Time::max(): nothing waits
  std::uint64_t changes() const { return changes_; }  // grows whenever there may be something new to take

 private:
  void settle(WantedStatus&& status, bool same_term, Outcome outcome, Time now,
              std::chrono::seconds retry_after);
  void settle(WaitingEvent&& event, std::uint64_t id, bool same_term, Outcome outcome, Time now,
              std::chrono::seconds retry_after);
  Lane<kube::ObjectId>& lane_of(kube::Kind kind) { return lanes_[{kube::info(kind).status, kind}]; }
  void forget_old_events(Time now);

  bool leading_ = false;
  std::uint64_t term_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t events_submitted_ = 0;
  std::map<kube::ObjectId, WantedStatus> statuses_;
  std::map<std::uint64_t, WaitingEvent> events_;
  // A right that is missing for one sort holds up none of the others. Somebody may wait for a condition:
  // those come first.
  std::map<std::pair<kube::StatusKind, kube::Kind>, Lane<kube::ObjectId>> lanes_;
  Lane<std::uint64_t> event_lane_;
};

}  // namespace palpo::status
