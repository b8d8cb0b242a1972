// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/reflector.h"

#include <condition_variable>
#include <mutex>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret_bytes.h"
#include "controller/kube/families.h"

namespace palpo::kube {
namespace {

using std::chrono::milliseconds;

void wait_for(milliseconds delay, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, delay, [] { return false; });
}

Labels label_of(Kind kind) { return {{"kind", std::string(info(kind).name)}}; }

// Transports say `invalid` of TLS alone: what else goes wrong on the way is not the fault of a setting.
Disconnected disconnected(const Error& error, milliseconds lasted = milliseconds(0)) {
  return {error.message, lasted, error.kind == ErrorKind::invalid};
}

bool is_failure(const WatchInput& input) {
  return std::holds_alternative<Refused>(input) || std::holds_alternative<Disconnected>(input) ||
         std::holds_alternative<Garbled>(input);
}

std::string namespace_text(const Scope& scope) { return scope.namespace_.empty() ? "*" : scope.namespace_; }

}  // namespace

Reflector::Reflector(const Reading& reading, const WatchOptions& options,
                     std::shared_ptr<Transport> transport, std::shared_ptr<SyncTimes> times, Metrics& metrics)
    : scope_(reading.scope),
      kind_(reading.scope.kind),
      machine_(reading, options),
      transport_(std::move(transport)),
      times_(std::move(times)),
      lists_(metrics.counter(families::kLists, label_of(kind_))),
      watches_(metrics.counter(families::kWatches, label_of(kind_))),
      events_(metrics.counter(families::kEvents, label_of(kind_))),
      errors_(metrics.counter(families::kErrors, label_of(kind_))) {}

Reflector::~Reflector() {
  request_stop();
  join();
}

void Reflector::start(SourceSink sink) {
  sink_ = std::move(sink);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Reflector::request_stop() { thread_.request_stop(); }

void Reflector::join() {
  if (thread_.joinable()) thread_.join();
}

void Reflector::run(const std::stop_token& stop) {
  auto action = machine_.start();
  while (!stop.stop_requested()) action = carry_out(action, stop);
}

WatchAction Reflector::carry_out(const WatchAction& action, const std::stop_token& stop) {
  WatchInput input = Waited{};
  if (const auto* const page = std::get_if<ListNext>(&action.next))
    input = read_page(*page, stop);
  else if (const auto* const watch = std::get_if<WatchNext>(&action.next))
    input = read_stream(*watch, stop);
  else
    wait_for(std::get<WaitNext>(action.next).delay, stop);
  if (stop.stop_requested()) return action;
  if (is_failure(input)) errors_.add();
  auto next = machine_.step(input);
  if (next.list_complete) publish_list();
  tell(next);
  return next;
}

WatchInput Reflector::read_page(const ListNext& next, const std::stop_token& stop) {
  if (next.first) {
    listed_.clear();
    listed_broken_.clear();
  }
  auto response = transport_->call({"GET", next.target, "", ""}, stop);
  if (response.error) return disconnected(*response.error);
  if (response.status != 200)
    return Refused{response.status, decode_status_message(response.body), response.retry_after};
  auto page = decode_list(kind_, response.body);
  wipe(response.body.data(), response.body.size());
  if (!page) return Garbled{"a list that cannot be read: " + page.error().message};
  std::move(page->objects.begin(), page->objects.end(), std::back_inserter(listed_));
  std::move(page->broken.begin(), page->broken.end(), std::back_inserter(listed_broken_));
  return PageRead{page->continue_token, page->resource_version};
}

void Reflector::publish_list() {
  lists_.add();
  times_->note(scope_);
  sink_(Replaced{kind_, std::exchange(listed_, {}), std::exchange(listed_broken_, {}), scope_.namespace_});
}

WatchInput Reflector::read_stream(const WatchNext& next, const std::stop_token& stop) {
  watches_.add();
  std::optional<WatchInput> ended_by_line;
  const auto began = Clock::now();
  const auto response = transport_->stream(
      {"GET", next.target, "", ""},
      [&](std::string_view line) {
        if (stop.stop_requested()) return false;
        ended_by_line = take_line(line);
        return !ended_by_line.has_value();
      },
      stop);
  const auto lasted = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
  if (ended_by_line) return *ended_by_line;
  if (response.error) return disconnected(*response.error, lasted);
  if (response.status != 200)
    return Refused{response.status, decode_status_message(response.body), response.retry_after};
  return StreamEnded{lasted};
}

std::optional<WatchInput> Reflector::take_line(std::string_view line) {
  auto decoded = decode_watch_line(kind_, line);
  if (!decoded) return Garbled{"a watch event that cannot be read: " + decoded.error().message};
  if (const auto* const failed = std::get_if<WatchFailed>(&decoded->event))
    return Refused{failed->code, failed->message};
  events_.add();
  times_->note(scope_);
  if (auto* const added = std::get_if<WatchAdded>(&decoded->event))
    take_object(std::move(added->object));
  else if (const auto* const deleted = std::get_if<WatchDeleted>(&decoded->event))
    sink_(Deleted{kind_, deleted->key, decoded->resource_version});
  if (machine_.saw(std::move(decoded->resource_version))) tell_recovery();
  return std::nullopt;
}

void Reflector::take_object(std::variant<Object, BrokenObject> object) {
  if (auto* const good = std::get_if<Object>(&object))
    sink_(Changed{std::move(*good)});
  else
    sink_(Broke{std::get<BrokenObject>(std::move(object))});
}

// Troubles that are told as Unreadable are logged by whoever takes the event.
void Reflector::tell(const WatchAction& action) {
  if (action.recovered) tell_recovery();
  if (action.denied)
    sink_(Unreadable{kind_, action.absent, *action.denied, action.trouble.has_value(), scope_.namespace_});
  else if (action.trouble && action.unreadable)
    sink_(Unreadable{kind_, false, *action.trouble, true, scope_.namespace_});
  else if (action.trouble)
    log_warning(
        "kube.trouble", "the API server cannot be followed; serving what is known",
        {{"kind", info(kind_).name}, {"namespace", namespace_text(scope_)}, {"reason", *action.trouble}});
}

void Reflector::tell_recovery() {
  log_info("kube.recovered", "the kind can be read again",
           {{"kind", info(kind_).name}, {"namespace", namespace_text(scope_)}});
  sink_(Readable{kind_, scope_.namespace_});
}

}  // namespace palpo::kube
