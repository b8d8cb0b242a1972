// SPDX-License-Identifier: Apache-2.0
// What the connections and exchanges of one worker share. Owned by the worker, used on its thread only.
#pragma once
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/config/runtime_config.h"
#include "dataplane/http/limits.h"
#include "dataplane/http/request_id.h"
#include "dataplane/net/event_loop.h"
#include "dataplane/telemetry/access_log.h"
#include "dataplane/telemetry/worker_metrics.h"
#include "dataplane/upstream/balancer.h"
#include "dataplane/upstream/pools.h"

namespace palpo::http {

struct WorkerContext final : upstream::PoolEvents {
  WorkerContext(const WorkerOptions& worker_options, upstream::NameResolver& resolver,
                telemetry::WorkerMetrics& worker_metrics, telemetry::AccessLog* log);

  void on_connect(bool ok) override;
  bool make_room() override { return close_idle && close_idle(); }
  char* plaintext() { return plaintext_.get(); }  // for one read at a time, EventLoop::kScratchSize bytes
  std::string_view date();                        // IMF-fixdate of now, put together once a second

  WorkerOptions options;
  net::EventLoop loop;
  telemetry::WorkerMetrics& metrics;
  std::optional<telemetry::AccessLogBuffer> access_log;  // none: off
  config::ConfigPtr config;  // the worker's own handle on it: counted apart from the other workers'
  RequestIds request_ids;
  upstream::Balancer balancer;
  upstream::Pools pools;
  bool draining = false;
  std::function<bool()> close_idle;  // ends the client's connection that has been idle for longest

 private:
  std::unique_ptr<char[]> plaintext_ = std::make_unique_for_overwrite<char[]>(net::EventLoop::kScratchSize);
  std::time_t date_of_ = 0;
  std::string date_;
};

}  // namespace palpo::http
