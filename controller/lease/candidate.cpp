// SPDX-License-Identifier: Apache-2.0
#include "controller/lease/candidate.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "controller/kube/event_decoder.h"
#include "controller/lease/families.h"

namespace palpo::lease {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kLongestRelease{2};

std::string words_of(const kube::TransportResponse& answer, const kube::ObjectKey& lease) {
  if (answer.error) return answer.error->message;
  auto words = "the API server answers " + std::to_string(answer.status) + ": " +
               kube::decode_status_message(answer.body);
  if (answer.status == 403)
    words +=
        "; grant the verbs get, create and update on leases of the API group \"coordination.k8s.io\" in "
        "the namespace " +
        lease.namespace_ + " (Role)";
  return words;
}

bool succeeded(int status) { return status >= 200 && status < 300; }

}  // namespace

struct Candidate::State {
  State(kube::ObjectKey name, ElectionOptions given, std::shared_ptr<kube::Transport> t, Metrics& metrics)
      : lease(std::move(name)),
        options(given),
        transport(std::move(t)),
        election(std::move(given)),
        transitions(metrics.counter(families::kTransitions)),
        failures(metrics.counter(families::kRenewFailures)) {}

  const kube::ObjectKey lease;
  const ElectionOptions options;
  const std::shared_ptr<kube::Transport> transport;
  Election election;  // the thread's, as what follows up to the mutex
  BootClock::time_point no_later = BootClock::time_point::max();  // than that a request ends
  Counter transitions, failures;
  Listener listener;
  std::uint64_t told_term = 0;  // 0: not leading, by what was told
  std::string told_leader;

  mutable std::mutex mutex;  // guards what is shown to others
  std::optional<BootClock::time_point> begin_until, end_by;
  std::string leader;
  std::string trouble;
  std::jthread thread;

  bool may_begin() const { return begin_until && BootClock::now() < *begin_until; }
  void run(const std::stop_token& stop);
  void release();
  std::optional<ElectionInput> carry_out(const ElectionAction& action, const std::stop_token& stop);
  ElectionInput read(const std::stop_token& stop);
  ElectionInput write(kube::TransportRequest request, const std::stop_token& stop);
  kube::TransportResponse call(kube::TransportRequest request, const std::stop_token& stop) const;
  void tell(const ElectionAction& action);
  void show();
  void tell_term();
  void tell_leader();
};

kube::TransportResponse Candidate::State::call(kube::TransportRequest request,
                                               const std::stop_token& stop) const {
  // A leader has two of them, or more, until it has to stop.
  request.deadline = std::min(BootClock::now() + options.renew_deadline / 2, no_later);
  return transport->call(request, stop);
}

ElectionInput Candidate::State::read(const std::stop_token& stop) {
  const auto answer = call(read_request(lease), stop);
  if (answer.status == 404) return Missing{};
  if (answer.error || !succeeded(answer.status)) return Failed{answer.status, words_of(answer, lease)};
  auto decoded = decode_lease(answer.body);
  if (!decoded) return Failed{answer.status, decoded.error().message};
  return Read{*std::move(decoded)};
}

ElectionInput Candidate::State::write(kube::TransportRequest request, const std::stop_token& stop) {
  const bool update = request.method == "PUT";
  const auto answer = call(std::move(request), stop);
  if (answer.status == 409 || (update && answer.status == 404)) return Conflict{};
  if (answer.error || !succeeded(answer.status)) return Failed{answer.status, words_of(answer, lease)};
  auto decoded = decode_lease(answer.body);
  if (!decoded) return Failed{answer.status, decoded.error().message};
  return Written{*std::move(decoded)};
}

void stamp(Lease& record) {
  record.renew_time = rfc3339_micro(WallClock::now());
  if (record.acquire_time.empty()) record.acquire_time = record.renew_time;
}

// nullopt: there is nothing more to do.
std::optional<ElectionInput> Candidate::State::carry_out(const ElectionAction& action,
                                                         const std::stop_token& stop) {
  if (std::holds_alternative<ReadLease>(action.next)) return read(stop);
  if (const auto* const create = std::get_if<CreateLease>(&action.next)) {
    auto record = create->lease;
    stamp(record);
    return write(create_request(lease, record), stop);
  }
  if (const auto* const update = std::get_if<UpdateLease>(&action.next)) {
    auto record = update->lease;
    stamp(record);
    return write(update_request(lease, record), stop);
  }
  const auto* const wait = std::get_if<WaitNext>(&action.next);
  if (wait == nullptr) return std::nullopt;
  std::mutex alone;
  std::condition_variable_any stopped;
  std::unique_lock lock(alone);
  stopped.wait_for(lock, stop, wait->delay, [] { return false; });
  return Waited{};
}

void Candidate::State::run(const std::stop_token& stop) {
  auto action = election.start(BootClock::now());
  while (true) {
    const auto sent = BootClock::now();
    const auto input = carry_out(action, stop);
    if (!input || stop.stop_requested()) return;
    action = election.step(*input, sent, BootClock::now());
    show();
    tell(action);
    tell_term();
    tell_leader();
  }
}

// On the caller's thread, after the candidate's own has ended.
void Candidate::State::release() {
  const bool ours = election.holder() == options.identity;
  no_later = BootClock::now() + kLongestRelease;
  auto action = election.release(BootClock::now());
  while (BootClock::now() < no_later) {
    const auto sent = BootClock::now();
    const auto input = carry_out(action, {});
    if (!input) break;
    action = election.step(*input, sent, BootClock::now());
  }
  if (ours && election.holder().empty())
    log_info("lease.released", "released the Lease", {{"lease", lease.text()}});
}

void Candidate::State::tell(const ElectionAction& action) {
  if (action.failed_renewal) failures.add();
  if (!action.trouble && !action.recovered) return;
  {
    const std::lock_guard lock(mutex);
    trouble = action.trouble.value_or("");
  }
  if (action.trouble)
    log_warning(
        "lease.trouble",
        "the Lease cannot be read or written; this controller serves, and writes statuses and Events only "
        "while it leads",
        {{"lease", lease.text()}, {"reason", *action.trouble}});
  else
    log_info("lease.recovered", "the Lease can be read and written again", {{"lease", lease.text()}});
}

// First of all: whoever writes goes by it.
void Candidate::State::show() {
  const std::lock_guard lock(mutex);
  begin_until.reset();
  end_by.reset();
  if (election.leading()) {
    begin_until = election.begin_until();
    end_by = election.end_by();
  }
  leader = election.holder();
}

void Candidate::State::tell_term() {
  const auto term = election.leading() ? election.terms() : 0;
  if (term == told_term) return;
  if (std::exchange(told_term, term) != 0) {
    log_warning("lease.lost", "lost leadership; this controller no longer writes statuses and Events",
                {{"lease", lease.text()}, {"leader", election.holder()}});
    if (listener) listener(false);
  }
  if (term == 0) return;
  log_info(
      "lease.acquired", "acquired the Lease; this controller writes statuses and Events",
      {{"lease", lease.text()}, {"identity", options.identity}, {"transitions", election.transitions()}});
  if (listener) listener(true);
}

void Candidate::State::tell_leader() {
  const auto& holder = election.holder();
  if (holder.empty() || holder == told_leader) return;
  told_leader = holder;
  transitions.add();
  if (holder != options.identity)
    log_info("lease.leader", "another controller is the leader; this one serves and does not write statuses",
             {{"lease", lease.text()}, {"leader", holder}});
}

Candidate::Candidate(kube::ObjectKey lease, ElectionOptions options,
                     std::shared_ptr<kube::Transport> transport, Metrics& metrics)
    : state_(std::make_shared<State>(std::move(lease), std::move(options), std::move(transport), metrics)) {
  metrics.collected(families::kLeader, [state = state_] {
    const std::lock_guard lock(state->mutex);
    return std::vector<Sample>{{.labels = {}, .value = state->may_begin() ? 1.0 : 0.0}};
  });
}

Candidate::~Candidate() { stop(false); }

void Candidate::start(Listener listener) {
  state_->listener = std::move(listener);
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

void Candidate::stop(bool release) {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
  {
    const std::lock_guard lock(state_->mutex);
    state_->begin_until.reset();
    state_->end_by.reset();
  }
  if (release) state_->release();
}

std::optional<BootClock::time_point> Candidate::write_deadline() const {
  const std::lock_guard lock(state_->mutex);
  return state_->may_begin() ? state_->end_by : std::nullopt;
}

Standing Candidate::standing() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->lease, state_->options.identity, state_->leader, state_->may_begin(), state_->trouble};
}

}  // namespace palpo::lease
