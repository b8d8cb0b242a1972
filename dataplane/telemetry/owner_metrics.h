// SPDX-License-Identifier: Apache-2.0
// Shows the requests of owners: a bounded number of series on the page that is scraped, all of them on a page
// of their own. On the scraping thread.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/metrics.h"
#include "dataplane/telemetry/owner_series.h"
#include "dataplane/telemetry/worker_metrics.h"

namespace palpo::telemetry {

// configured: the owners of the configuration that is served. It and `workers` outlive the last scrape.
// most: series per family on the page `bounded`, besides the one for the others.
void expose_owner_metrics(Metrics& bounded, Metrics& whole,
                          const std::vector<std::unique_ptr<WorkerMetrics>>& workers,
                          std::function<const OwnerNames&()> configured, std::size_t most);

}  // namespace palpo::telemetry
