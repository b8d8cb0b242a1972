// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_writer.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
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
constexpr std::chrono::milliseconds kFirstBackoff{200};
constexpr std::chrono::milliseconds kBackoffCap{30000};

// What was last written to an object, to tell a view from before our write from a foreign writer's work.
struct Written {
  std::string uid;
  std::string body;
  std::string from_version;  // resourceVersion the wish was made from
  int fights = 0;
  Clock::time_point at;  // of the last fight
};

bool worth_retrying(const kube::TransportResponse& answer) {
  return answer.status == 0 || answer.status == 429 || answer.status >= 500 || answer.status == 401;
}

std::string reason_of(const kube::TransportResponse& answer) {
  if (answer.error) return answer.error->message;
  return "status " + std::to_string(answer.status) + " " + answer.body.substr(0, 300);
}

}  // namespace

struct StatusWriter::State {
  explicit State(std::shared_ptr<kube::Transport> t, Metrics& metrics)
      : transport(std::move(t)),
        written(metrics.counter("palpo_ingress_status_writes_total", "Status patches and Events by result.",
                                {{"result", "ok"}})),
        failed(metrics.counter("palpo_ingress_status_writes_total", "Status patches and Events by result.",
                               {{"result", "error"}})),
        skipped(metrics.counter("palpo_ingress_status_writes_total", "Status patches and Events by result.",
                                {{"result", "unchanged"}})) {}

  std::shared_ptr<kube::Transport> transport;
  Counter written, failed, skipped;

  std::mutex mutex;  // guards what follows up to `thread`: the loop submits, the thread takes
  std::condition_variable_any ready;
  std::map<Key, WantedStatus> statuses;
  std::deque<Key> order;
  std::deque<WantedEvent> events;

  std::jthread thread;
  // The thread's own.
  std::map<Key, Written> memory;
  std::unordered_map<std::string, Clock::time_point> told;
  Backoff backoff{kFirstBackoff, kBackoffCap};

  void run(const std::stop_token& stop);
  bool write(const WantedStatus& wanted, const std::stop_token& stop);
  bool write(const WantedEvent& event, const std::stop_token& stop);
  bool finish(const kube::TransportResponse& answer, const std::string& what);
  void pause(const std::stop_token& stop);
};

// True: done with it, one way or the other. False: to be tried again.
bool StatusWriter::State::finish(const kube::TransportResponse& answer, const std::string& what) {
  if (answer.status >= 200 && answer.status < 300) {
    written.add();
    backoff.reset();
    return true;
  }
  // Gone, or changed under us: a watch event brings what is true now.
  if (answer.status == 404 || answer.status == 409) return true;
  failed.add();
  log_warning("status.failed", "a status could not be written",
              {{"object", what}, {"reason", reason_of(answer)}});
  return !worth_retrying(answer);
}

bool StatusWriter::State::write(const WantedStatus& wanted, const std::stop_token& stop) {
  const auto request = status_request(wanted);
  if (memory.size() > kMostMemories) memory.clear();
  auto& last = memory[{wanted.kind, wanted.meta.key}];
  if (last.uid != wanted.meta.uid)
    last = {.uid = wanted.meta.uid, .body = {}, .from_version = {}, .fights = 0, .at = {}};
  if (last.body == request.body) {
    if (Clock::now() - last.at > kFightIsOver) last.fights = 0;
    if (last.from_version == wanted.meta.resource_version || last.fights >= kMostFights) {
      skipped.add();
      return true;
    }
    last.at = Clock::now();
    if (++last.fights == kMostFights)
      log_warning("status.contested",
                  "another program keeps overwriting a status; leaving it alone for ten minutes",
                  {{"object", wanted.meta.key.text()}});
  } else {
    last.fights = 0;
  }
  const auto answer = transport->call(request, stop);
  if (answer.status >= 200 && answer.status < 300) {
    last.body = request.body;
    last.from_version = wanted.meta.resource_version;
  }
  return finish(answer, std::string(kube::info(wanted.kind).name) + " " + wanted.meta.key.text());
}

bool StatusWriter::State::write(const WantedEvent& event, const std::stop_token& stop) {
  const auto name = event.meta.key.namespace_ + "/" + event_name(event);
  const auto now = Clock::now();
  if (const auto known = told.find(name); known != told.end() && now - known->second < kEventQuiet) {
    skipped.add();
    return true;
  }
  if (told.size() > 10 * kMostEvents) told.clear();
  const auto stamp = rfc3339(WallClock::now());
  auto answer = transport->call(create_event_request(event, stamp), stop);
  if (answer.status == 409) {
    const auto existing = transport->call(read_event_request(event), stop);
    answer = existing.status == 200 ? transport->call(repeat_event_request(event, existing.body, stamp), stop)
                                    : existing;
  }
  const bool done = finish(answer, "Event for " + event.meta.key.text());
  if (done) told[name] = now;
  return done;
}

void StatusWriter::State::pause(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  ready.wait_for(lock, stop, backoff.next(), [] { return false; });
}

void StatusWriter::State::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex);
    if (!ready.wait(lock, stop, [this] { return !order.empty() || !events.empty(); })) return;
    if (!order.empty()) {
      const auto key = order.front();
      order.pop_front();
      const auto wanted = statuses.extract(key).mapped();
      lock.unlock();
      if (write(wanted, stop)) continue;
      lock.lock();
      if (statuses.try_emplace(key, wanted).second)
        order.push_back(key);  // unless a newer wish came meanwhile
    } else {
      auto event = std::move(events.front());
      events.pop_front();
      lock.unlock();
      if (write(event, stop)) continue;
      lock.lock();
      events.push_back(std::move(event));
    }
    lock.unlock();
    pause(stop);
  }
}

StatusWriter::StatusWriter(std::shared_ptr<kube::Transport> transport, Metrics& metrics)
    : state_(std::make_shared<State>(std::move(transport), metrics)) {}

StatusWriter::~StatusWriter() { stop(); }

void StatusWriter::start() {
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

void StatusWriter::submit(WantedStatus status) {
  const Key key{status.kind, status.meta.key};
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->statuses.insert_or_assign(key, std::move(status)).second) state_->order.push_back(key);
  }
  state_->ready.notify_one();
}

void StatusWriter::submit(WantedEvent event) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->events.size() >= kMostEvents) return;
    state_->events.push_back(std::move(event));
  }
  state_->ready.notify_one();
}

void StatusWriter::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

}  // namespace palpo::status
