// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/worker_shared.h"

namespace palpo::http {

WorkerShared::WorkerShared(const WorkerOptions& worker_options, upstream::NameResolver& resolver,
                           telemetry::WorkerMetrics& worker_metrics, telemetry::AccessLog* log)
    : options(worker_options),
      metrics(worker_metrics),
      pools(loop, resolver, *this, options.pools),
      exchanges(options, loop.timers(), pools, metrics, log) {
  if (options.descriptors != 0) loop.set_descriptor_limit(static_cast<int>(options.descriptors));
}

void WorkerShared::on_connect(bool ok) {
  (ok ? metrics.upstream_connects_ok : metrics.upstream_connects_failed).add();
}

}  // namespace palpo::http
