// SPDX-License-Identifier: Apache-2.0
// One worker: a thread that serves. It owns its listening sockets, clients' connections and upstream pools;
// nothing of them is shared. Made, started and destroyed by the main thread; other threads reach it by these
// calls only.
#pragma once
#include <chrono>
#include <functional>
#include <memory>

#include "dataplane/config/runtime_config.h"
#include "dataplane/http/worker_options.h"
#include "dataplane/net/fd.h"
#include "dataplane/telemetry/access_log.h"
#include "dataplane/telemetry/worker_metrics.h"
#include "dataplane/upstream/name_resolver.h"

namespace palpo::http {

class Worker {
 public:
  // metrics, resolver and log (nullptr: none) outlive the worker; the resolver is silent before it goes.
  Worker(const WorkerOptions& options, upstream::NameResolver& resolver, telemetry::WorkerMetrics& metrics,
         telemetry::AccessLog* log);
  ~Worker();  // cancels what is left, joins the thread
  void start();

  // Any thread; in the order of the calls. The first configuration comes before the first socket.
  void deliver(config::ConfigPtr config, std::function<void()> taken);  // taken: on the worker's thread
  void listen(api::Listener kind, net::Fd socket);
  void announce_end();  // a drain will come: answers say Connection: close from now on
  void drain(std::chrono::milliseconds limit,
             std::function<void()> drained);  // drained: on the worker's thread, once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace palpo::http
