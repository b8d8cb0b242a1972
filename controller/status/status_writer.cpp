// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_writer.h"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "controller/status/families.h"
#include "controller/status/status_patch.h"

namespace palpo::status {
namespace {

constexpr std::size_t kMostMemories =
    20'000;  // objects come and go; forgetting costs a patch that changes nothing
constexpr std::size_t kMostToldEvents = 10'000;
constexpr auto kEventQuiet = std::chrono::hours(1);
constexpr int kMostFights =
    5;  // the same status written again over somebody else's before we leave it to them
constexpr std::chrono::minutes kFightIsOver{10};
constexpr std::chrono::hours kLongestIdle{1};

// What was last written to an object, to tell a view from before our write from a foreign writer's work.
struct Written {
  std::string uid;
  std::string body;          // whatever the object's version
  std::string from_version;  // resourceVersion the wish was made from
  std::string version;       // and the one that the object has by this write
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
constexpr int kUntimely = -1;
kube::TransportResponse answer_of_our_own(int status) {
  return {.status = status, .body = {}, .error = {}, .retry_after = {}};
}

std::string name_of(const WantedStatus& wanted) {
  return "the status of kind " + std::string(kube::info(wanted.kind).name);
}
std::string name_of(const WaitingEvent&) { return "Events"; }
const kube::Meta& meta_of(const WantedStatus& wanted) { return wanted.meta; }
const kube::Meta& meta_of(const WaitingEvent& waiting) { return waiting.event.meta; }

}  // namespace

struct StatusWriter::State {
  State(std::shared_ptr<kube::Transport> t, std::string m, WritePermit p, Metrics& metrics)
      : transport(std::move(t)),
        manager(std::move(m)),
        permit(std::move(p)),
        written(metrics.counter(families::kWrites, {{"result", "ok"}})),
        failed(metrics.counter(families::kWrites, {{"result", "error"}})),
        skipped(metrics.counter(families::kWrites, {{"result", "unchanged"}})),
        overtaken(metrics.counter(families::kWrites, {{"result", "conflict"}})) {}

  std::shared_ptr<kube::Transport> transport;
  const std::string manager;
  const WritePermit permit;
  Counter written, failed, skipped, overtaken;

  std::mutex mutex;  // guards what follows up to `thread`: the loop submits, the thread takes
  std::condition_variable_any ready;
  Wishes wishes;
  bool forget = false;  // what was written in a term before
  bool ended = false;

  std::jthread thread;
  std::stop_source breaking_off;
  // The thread's own.
  std::map<kube::ObjectId, Written> memory;
  std::unordered_map<std::string, Clock::time_point> told;
  std::map<std::string, int> told_failures;  // what cannot be written, and how that was answered

  void run(const std::stop_token& stop);
  kube::TransportResponse send(kube::TransportRequest request);
  // The server's answer; 304: there was nothing to write.
  kube::TransportResponse write(const WantedStatus& wanted);
  kube::TransportResponse write(const WaitingEvent& waiting);
  Outcome judge(const kube::TransportResponse& answer, const std::string& what, const kube::Meta& meta);
};

// A trouble that concerns thousands of objects alike is logged once.
Outcome StatusWriter::State::judge(const kube::TransportResponse& answer, const std::string& what,
                                   const kube::Meta& meta) {
  if (answer.status == kUntimely) return Outcome::untimely;
  if (answer.status == kUnchanged) {
    skipped.add();
    return Outcome::pointless;
  }
  const auto outcome = outcome_of(answer);
  if (answer.status == 409) overtaken.add();
  if (outcome == Outcome::pointless) return outcome;
  if (outcome == Outcome::done) {
    written.add();
    if (told_failures.erase(what) > 0)
      log_info("status.recovered", "the status can be written again", {{"what", what}});
    return outcome;
  }
  failed.add();
  const auto [told_failure, first] = told_failures.try_emplace(what, answer.status);
  if (first || outcome == Outcome::refused ||
      std::exchange(told_failure->second, answer.status) != answer.status)
    log_warning("status.failed", "writing the status failed",
                {{"what", what}, {"object", meta.key.text()}, {"reason", reason_of(answer)}});
  return outcome;
}

kube::TransportResponse StatusWriter::State::send(kube::TransportRequest request) {
  const auto deadline = permit();
  if (!deadline) return answer_of_our_own(kUntimely);
  if (*deadline != BootClock::time_point::max()) request.deadline = *deadline;
  return transport->call(request, breaking_off.get_token());
}

kube::TransportResponse StatusWriter::State::write(const WantedStatus& wanted) {
  const auto body = status_request(wanted, manager, "").body;
  if (memory.size() > kMostMemories) memory.clear();
  auto& last = memory[{wanted.kind, wanted.meta.key}];
  if (last.uid != wanted.meta.uid) {
    last = {};
    last.uid = wanted.meta.uid;
  }
  if (last.body == body) {
    if (Clock::now() - last.at > kFightIsOver) last.fights = 0;
    if (last.from_version == wanted.meta.resource_version || last.fights >= kMostFights)
      return answer_of_our_own(kUnchanged);
    last.at = Clock::now();
    if (++last.fights == kMostFights)
      log_warning("status.contested",
                  "another program keeps overwriting a status; leaving it alone for ten minutes",
                  {{"object", wanted.meta.key.text()}});
  } else {
    last.fights = 0;
  }
  // A view from before our last write is as good as one from after it.
  const bool before_last = !last.version.empty() && last.from_version == wanted.meta.resource_version;
  auto answer =
      send(status_request(wanted, manager, before_last ? last.version : wanted.meta.resource_version));
  if (answer.status >= 200 && answer.status < 300) {
    last.body = body;
    last.from_version = wanted.meta.resource_version;
    last.version = resource_version_of(answer.body);
  }
  return answer;
}

kube::TransportResponse StatusWriter::State::write(const WaitingEvent& waiting) {
  const auto& event = waiting.event;
  const auto name = event.meta.key.namespace_ + "/" + event_name(event);
  const auto now = Clock::now();
  if (const auto known = told.find(name); known != told.end() && now - known->second < kEventQuiet)
    return answer_of_our_own(kUnchanged);
  if (told.size() > kMostToldEvents) told.clear();
  const auto stamp = rfc3339(WallClock::now());
  auto answer = send(create_event_request(event, stamp));
  if (answer.status == 409 && !waiting.held) {
    const auto existing = send(read_event_request(event));
    answer = existing.status == 200 ? send(repeat_event_request(event, existing.body, stamp)) : existing;
  }
  const auto outcome = outcome_of(answer);
  if (outcome == Outcome::done || outcome == Outcome::pointless) told[name] = now;
  return answer;
}

void StatusWriter::State::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    if (std::exchange(forget, false)) memory.clear();
    auto taken = wishes.take(Clock::now());
    if (!taken) {
      const auto turn = std::min(wishes.next_turn(), Clock::now() + kLongestIdle);
      ready.wait_until(lock, stop, turn,
                       [this, seen = wishes.changes()] { return wishes.changes() != seen; });
      continue;
    }
    lock.unlock();
    kube::TransportResponse answer;
    const auto outcome = std::visit(
        [&](const auto& wish) {
          answer = write(wish);
          return judge(answer, name_of(wish), meta_of(wish));
        },
        taken->wish);
    lock.lock();
    wishes.settle(*std::move(taken), outcome, Clock::now(), answer.retry_after);
  }
  ended = true;
  ready.notify_all();
}

StatusWriter::StatusWriter(std::shared_ptr<kube::Transport> transport, std::string manager,
                           WritePermit permit, Metrics& metrics)
    : state_(std::make_shared<State>(std::move(transport), std::move(manager), std::move(permit), metrics)) {}

StatusWriter::~StatusWriter() { stop(); }

void StatusWriter::start() {
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

void StatusWriter::lead(bool leading) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->wishes.lead(leading, Clock::now());
    state_->forget = true;
  }
  state_->ready.notify_all();
}

void StatusWriter::submit(WantedStatus status) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->wishes.submit(std::move(status));
  }
  state_->ready.notify_all();
}

void StatusWriter::submit(WantedEvent event) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->wishes.submit(std::move(event), Clock::now());
  }
  state_->ready.notify_all();
}

bool StatusWriter::stop(std::chrono::milliseconds patience) {
  if (!state_->thread.joinable()) return true;
  state_->thread.request_stop();
  bool in_time = false;
  {
    std::unique_lock lock(state_->mutex);
    in_time = state_->ready.wait_for(lock, patience, [this] { return state_->ended; });
  }
  if (!in_time) state_->breaking_off.request_stop();
  state_->thread.join();
  return in_time;
}

}  // namespace palpo::status
