// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/worker_context.h"

#include <array>

namespace palpo::http {

WorkerContext::WorkerContext(const WorkerOptions& worker_options, upstream::NameResolver& resolver,
                             telemetry::WorkerMetrics& worker_metrics, telemetry::AccessLog* log)
    : options(worker_options),
      metrics(worker_metrics),
      balancer(request_ids.random()),
      pools(loop, resolver, *this, options.pools) {
  if (log != nullptr) access_log.emplace(*log);
  if (options.limits.descriptors != 0)
    loop.set_descriptor_limit(static_cast<int>(options.limits.descriptors));
}

void WorkerContext::on_connect(bool ok) {
  (ok ? metrics.upstream_connects_ok : metrics.upstream_connects_failed).add();
}

std::string_view WorkerContext::date() {
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
