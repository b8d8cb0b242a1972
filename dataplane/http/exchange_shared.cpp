// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/exchange_shared.h"

#include <array>

namespace palpo::http {

ExchangeShared::ExchangeShared(const WorkerOptions& worker_options, net::TimerWheel& wheel,
                               upstream::Connector& connector, telemetry::WorkerMetrics& worker_metrics,
                               telemetry::AccessLog* log)
    : options(worker_options),
      timers(wheel),
      upstreams(connector),
      metrics(worker_metrics),
      balancer(request_ids.random()) {
  if (log != nullptr) access_log.emplace(*log);
}

std::string_view ExchangeShared::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_of_) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date_.assign(text.data(), size);
    date_of_ = now;
  }
  return date_;
}

}  // namespace palpo::http
