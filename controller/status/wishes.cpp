// SPDX-License-Identifier: Apache-2.0
#include "controller/status/wishes.h"

#include <algorithm>

namespace palpo::status {
namespace {

constexpr std::size_t kMostEvents = 1000;  // the oldest are dropped for new ones; conditions say the same
constexpr std::chrono::hours kEventIsOld{1};

template <class Id, class Wish>
std::optional<std::pair<Id, Wish>> take_from(Lane<Id>& lane, std::map<Id, Wish>& wishes,
                                             Clock::time_point now) {
  while (auto id = lane.take(now)) {
    // Dropped meanwhile for newer ones.
    if (auto wish = wishes.extract(*id)) return std::pair(*std::move(id), std::move(wish.mapped()));
  }
  return std::nullopt;
}

bool waits_again(Outcome outcome) {
  return outcome == Outcome::denied || outcome == Outcome::unavailable || outcome == Outcome::untimely;
}

}  // namespace

void Wishes::lead(bool leading, Time now) {
  leading_ = leading;
  ++term_;
  ++changes_;
  statuses_.clear();
  lanes_.clear();
  event_lane_ = {};
  forget_old_events(now);
  for (auto& [id, waiting] : events_) {
    waiting.held = true;
    if (leading) event_lane_.push(id);
  }
}

void Wishes::submit(WantedStatus status) {
  if (!leading_) return;
  ++changes_;
  kube::ObjectId key{status.kind, status.meta.key};
  auto& lane = lane_of(status.kind);
  if (statuses_.insert_or_assign(key, std::move(status)).second) lane.push(std::move(key));
}

void Wishes::submit(WantedEvent event, Time now) {
  ++changes_;
  forget_old_events(now);
  if (events_.size() >= kMostEvents) events_.erase(events_.begin());
  const auto id = ++events_submitted_;
  events_.emplace(id, WaitingEvent{std::move(event), now, !leading_});
  if (leading_) event_lane_.push(id);
}

std::optional<Wishes::Taken> Wishes::take(Time now) {
  if (!leading_) return std::nullopt;
  for (auto& [sort, lane] : lanes_)
    if (auto taken = take_from(lane, statuses_, now)) return Taken{std::move(taken->second), 0, term_};
  if (auto taken = take_from(event_lane_, events_, now))
    return Taken{std::move(taken->second), taken->first, term_};
  return std::nullopt;
}

void Wishes::settle(Taken taken, Outcome outcome, Time now, std::chrono::seconds retry_after) {
  const bool same_term = taken.term == term_;
  if (auto* const status = std::get_if<WantedStatus>(&taken.wish))
    settle(std::move(*status), same_term, outcome, now, retry_after);
  else
    settle(std::get<WaitingEvent>(std::move(taken.wish)), taken.event_id, same_term, outcome, now,
           retry_after);
  // Whoever asked has noticed before it was told.
  if (same_term && outcome == Outcome::untimely) lead(false, now);
}

void Wishes::settle(WantedStatus&& status, bool same_term, Outcome outcome, Time now,
                    std::chrono::seconds retry_after) {
  if (!same_term) return;
  const kube::ObjectId key{status.kind, status.meta.key};
  auto& lane = lane_of(status.kind);
  // A newer wish that came meanwhile waits in the lane already.
  const bool newer = waits_again(outcome) && !statuses_.try_emplace(key, std::move(status)).second;
  lane.settle(key, newer ? Outcome::pointless : outcome, now, retry_after);
}

void Wishes::settle(WaitingEvent&& event, std::uint64_t id, bool same_term, Outcome outcome, Time now,
                    std::chrono::seconds retry_after) {
  if (waits_again(outcome)) {
    event.held = event.held || !same_term;
    events_.emplace(id, std::move(event));
  }
  if (same_term)
    event_lane_.settle(id, outcome, now, retry_after);
  else if (waits_again(outcome) && leading_)
    event_lane_.push(id);
}

Wishes::Time Wishes::next_turn() const {
  if (!leading_) return Time::max();
  auto next = event_lane_.next_turn();
  for (const auto& [sort, lane] : lanes_) next = std::min(next, lane.next_turn());
  return next;
}

void Wishes::forget_old_events(Time now) {
  std::erase_if(events_, [now](const auto& item) { return now - item.second.since > kEventIsOld; });
}

}  // namespace palpo::status
