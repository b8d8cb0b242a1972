// SPDX-License-Identifier: Apache-2.0
// The counters of one worker: written by it alone, read by whoever scrapes. Each add is a plain load and
// store. Exposition sums them over the workers.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "dataplane/telemetry/count.h"
#include "dataplane/telemetry/families.h"
#include "dataplane/telemetry/outcome.h"
#include "dataplane/telemetry/owner_counts.h"

namespace palpo::telemetry {

constexpr std::size_t kListeners = 3;
std::size_t index_of(api::Listener listener);

struct alignas(64) WorkerMetrics {
  static constexpr std::size_t kCodes = 7;  // 0: no answer was sent; 1..5: the status' class; 6: aborted
  static constexpr std::size_t kBuckets = families::kDurationBounds.size() + 1;  // the last is +Inf

  // Of requests whose clients do, or do not, decide themselves how long they take.
  struct Durations {
    std::array<Count, kBuckets> buckets;
    Count nanoseconds;
    void add(std::chrono::nanoseconds duration);
  };

  std::array<std::array<Count, kCodes>, kListeners> requests;
  Durations short_waits;
  Durations long_waits;
  std::array<Count, kListeners> connections_open;
  std::array<Count, kListeners> connections_accepted;
  Count connections_evicted;
  Count accept_failures;
  Count handshakes_ok;
  Count handshakes_failed;
  Count upstream_connects_ok;
  Count upstream_connects_failed;
  Count upstream_retries;
  Count bytes_received;  // from clients, as on the wire
  Count bytes_sent;

  OwnerCounts owners;

  void record(const Outcome& outcome);
};

// Counters that are families without labels.
inline constexpr std::pair<const MetricFamily*, Count WorkerMetrics::*> kSingleCounts[] = {
    {&families::kEvicted, &WorkerMetrics::connections_evicted},
    {&families::kAcceptFailures, &WorkerMetrics::accept_failures},
    {&families::kRetries, &WorkerMetrics::upstream_retries},
    {&families::kReceived, &WorkerMetrics::bytes_received},
    {&families::kSent, &WorkerMetrics::bytes_sent},
};

// Registers the families, but for those of owners; `workers` must outlive the last scrape. limit: of clients'
// connections, a worker.
void expose_worker_metrics(Metrics& metrics, const std::vector<std::unique_ptr<WorkerMetrics>>& workers,
                           std::size_t limit);

}  // namespace palpo::telemetry
