// SPDX-License-Identifier: Apache-2.0
// What the codecs and exchanges of one worker share. Needs no socket: tests make one of a clock that they
// move by hand and upstreams of their own. Owned by the worker, used on its thread only.
#pragma once
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/config/runtime_config.h"
#include "dataplane/http/request_id.h"
#include "dataplane/http/worker_options.h"
#include "dataplane/net/timer_wheel.h"
#include "dataplane/telemetry/access_log.h"
#include "dataplane/telemetry/worker_metrics.h"
#include "dataplane/upstream/balancer.h"
#include "dataplane/upstream/connector.h"

namespace palpo::http {

// When a drain begins, the next request may be on its way over an idle connection; its answer says close.
constexpr std::chrono::seconds kLastRequest{1};

struct ExchangeShared {
  // log: nullptr: none.
  ExchangeShared(const WorkerOptions& worker_options, net::TimerWheel& wheel, upstream::Connector& connector,
                 telemetry::WorkerMetrics& worker_metrics, telemetry::AccessLog* log);

  const api::Defaults& defaults() const { return config->settings->value.defaults; }
  std::string_view date();  // IMF-fixdate of now, put together once per second

  const WorkerOptions& options;
  net::TimerWheel& timers;
  upstream::Connector& upstreams;
  telemetry::WorkerMetrics& metrics;
  std::optional<telemetry::AccessLogBuffer> access_log;  // none: off
  config::ConfigPtr config;  // the worker's own handle on it: counted apart from the other workers'
  RequestIds request_ids;
  upstream::Balancer balancer;
  bool draining = false;  // answers say that the connection closes

 private:
  std::time_t date_of_ = 0;
  std::string date_;
};

}  // namespace palpo::http
