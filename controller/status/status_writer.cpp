// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_writer.h"

#include <array>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "controller/status/lane.h"
#include "controller/status/status_patch.h"

namespace palpo::status {
namespace {

using Key = std::pair<kube::Kind, kube::ObjectKey>;

constexpr std::size_t kMostEvents = 1000;  // waiting; more are dropped, conditions say the same
constexpr std::size_t kMostMemories =
    20'000;  // objects come and go; forgetting costs a patch that changes nothing
constexpr auto kEventQuiet = std::chrono::hours(1);
constexpr int kMostFights =
    5;  // the same status written again over somebody else's before we leave it to them
constexpr std::chrono::minutes kFightIsOver{10};
constexpr std::chrono::hours kLongestIdle{1};

// What was last written to an object, to tell a view from before our write from a foreign writer's work.
struct Written {
  std::string uid;
  std::string body;
  std::string from_version;  // resourceVersion the wish was made from
  int fights = 0;
  Clock::time_point at;  // of the last fight
};

Outcome outcome_of(const kube::TransportResponse& answer) {
  const int status = answer.status;
  if (status >= 200 && status < 300) return Outcome::done;
  // Gone, or changed under us: a watch event brings what is true now.
  if (status == 404 || status == 409) return Outcome::pointless;
  // Nothing is created in a namespace that is going away, whatever rights there are.
  if (status == 403 && answer.body.find("NamespaceTerminating") != std::string::npos)
    return Outcome::pointless;
  if (status == 403) return Outcome::denied;
  if (status == 0 || status == 401 || status == 429 || status >= 500) return Outcome::unavailable;
  return Outcome::refused;
}

std::string reason_of(const kube::TransportResponse& answer) {
  if (answer.error) return answer.error->message;
  return "status " + std::to_string(answer.status) + " " + answer.body.substr(0, 300);
}

// What need not be written is answered as a server would that has it already.
constexpr int kUnchanged = 304;
kube::TransportResponse unchanged() {
  return {.status = kUnchanged, .body = {}, .error = {}, .retry_after = {}};
}

std::string name_of(const WantedStatus& wanted) {
  return "the status of kind " + std::string(kube::info(wanted.kind).name);
}
std::string name_of(const WantedEvent&) { return "Events"; }

}  // namespace

struct StatusWriter::State {
  State(std::shared_ptr<kube::Transport> t, std::string m, Metrics& metrics)
      : transport(std::move(t)),
        manager(std::move(m)),
        written(metrics.counter("palpo_ingress_status_writes_total", "Status patches and Events by result.",
                                {{"result", "ok"}})),
        failed(metrics.counter("palpo_ingress_status_writes_total", "Status patches and Events by result.",
                               {{"result", "error"}})),
        skipped(metrics.counter("palpo_ingress_status_writes_total", "Status patches and Events by result.",
                                {{"result", "unchanged"}})) {}

  std::shared_ptr<kube::Transport> transport;
  const std::string manager;
  Counter written, failed, skipped;

  std::mutex mutex;  // guards what follows up to `thread`: the loop submits, the thread takes
  std::condition_variable_any ready;
  std::uint64_t submissions = 0;
  std::map<Key, WantedStatus> statuses;
  std::map<std::uint64_t, WantedEvent> events;
  // A right that is missing for one sort holds up none of the others.
  Lane<Key> ingress_lane, homeserver_lane;
  Lane<std::uint64_t> event_lane;

  std::jthread thread;
  // The thread's own.
  std::map<Key, Written> memory;
  std::unordered_map<std::string, Clock::time_point> told;
  std::map<std::string, int> told_failures;  // what cannot be written, and how that was answered

  Lane<Key>& lane_of(kube::Kind kind) {
    return kind == kube::Kind::homeserver ? homeserver_lane : ingress_lane;
  }
  void run(const std::stop_token& stop);
  template <class Id, class Wish>
  bool advance(Lane<Id>& lane, std::map<Id, Wish>& wishes, std::unique_lock<std::mutex>& lock,
               const std::stop_token& stop);
  // The server's answer; 304: there was nothing to write.
  kube::TransportResponse write(const WantedStatus& wanted, const std::stop_token& stop);
  kube::TransportResponse write(const WantedEvent& event, const std::stop_token& stop);
  Outcome judge(const kube::TransportResponse& answer, const std::string& what, const kube::Meta& meta);
};

// A trouble that concerns thousands of objects alike is logged once.
Outcome StatusWriter::State::judge(const kube::TransportResponse& answer, const std::string& what,
                                   const kube::Meta& meta) {
  if (answer.status == kUnchanged) {
    skipped.add();
    return Outcome::pointless;
  }
  const auto outcome = outcome_of(answer);
  if (outcome == Outcome::pointless) return outcome;
  if (outcome == Outcome::done) {
    written.add();
    if (told_failures.erase(what) > 0) log_info("status.recovered", "it is written again", {{"what", what}});
    return outcome;
  }
  failed.add();
  const auto [told_failure, first] = told_failures.try_emplace(what, answer.status);
  if (first || outcome == Outcome::refused ||
      std::exchange(told_failure->second, answer.status) != answer.status)
    log_warning("status.failed", "it could not be written",
                {{"what", what}, {"object", meta.key.text()}, {"reason", reason_of(answer)}});
  return outcome;
}

kube::TransportResponse StatusWriter::State::write(const WantedStatus& wanted, const std::stop_token& stop) {
  const auto request = status_request(wanted, manager);
  if (memory.size() > kMostMemories) memory.clear();
  auto& last = memory[{wanted.kind, wanted.meta.key}];
  if (last.uid != wanted.meta.uid)
    last = {.uid = wanted.meta.uid, .body = {}, .from_version = {}, .fights = 0, .at = {}};
  if (last.body == request.body) {
    if (Clock::now() - last.at > kFightIsOver) last.fights = 0;
    if (last.from_version == wanted.meta.resource_version || last.fights >= kMostFights) {
      return unchanged();
    }
    last.at = Clock::now();
    if (++last.fights == kMostFights)
      log_warning("status.contested",
                  "another program keeps overwriting a status; leaving it alone for ten minutes",
                  {{"object", wanted.meta.key.text()}});
  } else {
    last.fights = 0;
  }
  auto answer = transport->call(request, stop);
  if (answer.status >= 200 && answer.status < 300) {
    last.body = request.body;
    last.from_version = wanted.meta.resource_version;
  }
  return answer;
}

kube::TransportResponse StatusWriter::State::write(const WantedEvent& event, const std::stop_token& stop) {
  const auto name = event.meta.key.namespace_ + "/" + event_name(event);
  const auto now = Clock::now();
  if (const auto known = told.find(name); known != told.end() && now - known->second < kEventQuiet) {
    return unchanged();
  }
  if (told.size() > 10 * kMostEvents) told.clear();
  const auto stamp = rfc3339(WallClock::now());
  auto answer = transport->call(create_event_request(event, stamp), stop);
  if (answer.status == 409) {
    const auto existing = transport->call(read_event_request(event), stop);
    answer = existing.status == 200 ? transport->call(repeat_event_request(event, existing.body, stamp), stop)
                                    : existing;
  }
  const auto outcome = outcome_of(answer);
  if (outcome == Outcome::done || outcome == Outcome::pointless) told[name] = now;
  return answer;
}

// Writes the next of a lane whose turn it is. False: there is none.
template <class Id, class Wish>
bool StatusWriter::State::advance(Lane<Id>& lane, std::map<Id, Wish>& wishes,
                                  std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  auto id = lane.take(Clock::now());
  if (!id) return false;
  auto wish = wishes.extract(*id).mapped();
  lock.unlock();
  const auto answer = write(wish, stop);
  const auto outcome = judge(answer, name_of(wish), wish.meta);
  lock.lock();
  const bool again = outcome == Outcome::denied || outcome == Outcome::unavailable;
  // A newer wish that came meanwhile waits in the lane already.
  const bool newer = again && !wishes.try_emplace(*id, std::move(wish)).second;
  lane.settle(*id, newer ? Outcome::pointless : outcome, Clock::now(), answer.retry_after);
  return true;
}

void StatusWriter::State::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const bool moved = advance(homeserver_lane, statuses, lock, stop) ||
                       advance(ingress_lane, statuses, lock, stop) || advance(event_lane, events, lock, stop);
    if (moved) continue;
    const auto turn = std::min({homeserver_lane.next_turn(), ingress_lane.next_turn(), event_lane.next_turn(),
                                Clock::now() + kLongestIdle});
    ready.wait_until(lock, stop, turn, [this, seen = submissions] { return submissions != seen; });
  }
}

StatusWriter::StatusWriter(std::shared_ptr<kube::Transport> transport, std::string manager, Metrics& metrics)
    : state_(std::make_shared<State>(std::move(transport), std::move(manager), metrics)) {}

StatusWriter::~StatusWriter() { stop(); }

void StatusWriter::start() {
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

void StatusWriter::submit(WantedStatus status) {
  const Key key{status.kind, status.meta.key};
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->submissions;
    auto& lane = state_->lane_of(status.kind);
    if (state_->statuses.insert_or_assign(key, std::move(status)).second) lane.push(key);
  }
  state_->ready.notify_one();
}

void StatusWriter::submit(WantedEvent event) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->events.size() >= kMostEvents) return;
    const auto id = ++state_->submissions;
    state_->events.emplace(id, std::move(event));
    state_->event_lane.push(id);
  }
  state_->ready.notify_one();
}

void StatusWriter::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

}  // namespace palpo::status
