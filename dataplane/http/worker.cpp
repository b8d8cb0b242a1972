// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/worker.h"

#include <pthread.h>

#include <thread>
#include <utility>
#include <vector>

#include "dataplane/http/connection_table.h"
#include "dataplane/http/listener.h"
#include "dataplane/http/worker_shared.h"

namespace palpo::http {

namespace {

constexpr std::chrono::milliseconds kHousekeeping{1000};

// What runs by the clock: the access log's buffer, the end of draining.
class Chore final : public net::Timed {
 public:
  explicit Chore(std::function<void()> work) : work_(std::move(work)) {}

 private:
  void on_deadline() override { work_(); }
  std::function<void()> work_;
};

}  // namespace

struct Worker::State {
  State(const WorkerOptions& options, upstream::NameResolver& resolver, telemetry::WorkerMetrics& metrics,
        telemetry::AccessLog* log)
      : shared(options, resolver, metrics, log),
        table(shared.loop, options.connections, metrics.connections_evicted) {
    shared.close_idle = [this] { return table.close_oldest_idle(); };
  }

  void keep_house() {
    if (shared.exchanges.access_log) shared.exchanges.access_log->flush();
    shared.loop.timers().set(housekeeping, kHousekeeping);
  }
  void close_listeners() {
    for (auto& listener : listeners) {
      listener->close();
      shared.loop.retire(std::move(listener));
    }
    listeners.clear();
  }
  void take(const config::ConfigPtr& config) {
    shared.pools.keep_only(*config->endpoint_ids);
    shared.exchanges.balancer.forget();
    // A count of its own: workers do not share the cache line of the configuration's.
    shared.exchanges.config = config::ConfigPtr(config.get(), [config](const config::RuntimeConfig*) {});
  }
  void announce_end() {
    shared.exchanges.draining = true;
    table.announce_drain();
  }
  void drain(std::chrono::milliseconds limit, std::function<void()> drained) {
    announce_end();
    close_listeners();
    shared.loop.timers().set(drain_end, limit);
    table.when_empty(std::move(drained));
    table.begin_drain();
  }
  void run() {
    ::pthread_setname_np(::pthread_self(), "worker");
    keep_house();
    shared.loop.run();
    close_listeners();
    table.cancel_all();
    if (shared.exchanges.access_log) shared.exchanges.access_log->flush();
    shared.loop.bury();
  }

  WorkerShared shared;
  ConnectionTable table;
  std::vector<std::unique_ptr<Listener>> listeners;
  Chore housekeeping{[this] { keep_house(); }};
  Chore drain_end{[this] { table.cancel_all(); }};
  std::thread thread;
};

Worker::Worker(const WorkerOptions& options, upstream::NameResolver& resolver,
               telemetry::WorkerMetrics& metrics, telemetry::AccessLog* log)
    : state_(std::make_unique<State>(options, resolver, metrics, log)) {}

Worker::~Worker() {
  if (!state_->thread.joinable()) return;
  state_->shared.loop.post([state = state_.get()] { state->shared.loop.stop(); });
  state_->thread.join();
}

void Worker::start() {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void Worker::deliver(config::ConfigPtr config, std::function<void()> taken) {
  state_->shared.loop.post([state = state_.get(), config = std::move(config), taken = std::move(taken)] {
    state->take(config);
    taken();
  });
}

void Worker::listen(api::Listener kind, net::Fd socket) {
  auto shared = std::make_shared<net::Fd>(std::move(socket));
  state_->shared.loop.post([state = state_.get(), kind, shared] {
    if (state->shared.exchanges.draining) return;
    state->listeners.push_back(
        std::make_unique<Listener>(state->shared, state->table, kind, std::move(*shared)));
  });
}

void Worker::announce_end() {
  state_->shared.loop.post([state = state_.get()] { state->announce_end(); });
}

void Worker::drain(std::chrono::milliseconds limit, std::function<void()> drained) {
  state_->shared.loop.post(
      [state = state_.get(), limit, drained = std::move(drained)] { state->drain(limit, drained); });
}

}  // namespace palpo::http
