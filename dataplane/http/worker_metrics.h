// SPDX-License-Identifier: Apache-2.0
// The counters of one worker: written by it alone, read by whoever scrapes. Each add is a plain load and
// store. Exposition sums them over the workers.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/metrics.h"
#include "dataplane/http/count.h"
#include "dataplane/http/outcome.h"
#include "dataplane/http/owner_counts.h"

namespace palpo::http {

constexpr std::size_t kListeners = 3;
std::size_t index_of(api::Listener listener);

struct alignas(64) WorkerMetrics {
  static constexpr std::size_t kCodes = 7;     // 0: no answer was sent; 1..5: the status' class; 6: aborted
  static constexpr std::size_t kBuckets = 14;  // the last is +Inf
  static constexpr std::array<double, kBuckets - 1> kBucketBounds{
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60};

  std::array<std::array<Count, kCodes>, kListeners> requests;
  std::array<Count, kBuckets> duration_buckets;
  Count duration_nanoseconds;
  std::array<Count, kListeners> connections_open;
  std::array<Count, kListeners> connections_accepted;
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

// Registers the families; `workers` must outlive the last scrape.
void expose_worker_metrics(Metrics& metrics, const std::vector<std::unique_ptr<WorkerMetrics>>& workers);

}  // namespace palpo::http
