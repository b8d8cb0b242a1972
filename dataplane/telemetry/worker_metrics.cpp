// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/worker_metrics.h"

#include <algorithm>
#include <limits>
#include <string>

namespace palpo::telemetry {

namespace {

using Workers = std::vector<std::unique_ptr<WorkerMetrics>>;

constexpr std::array<const char*, kListeners> kListenerNames{"http", "https", "federation"};
constexpr std::array<const char*, WorkerMetrics::kCodes> kCodeNames{"none", "1xx", "2xx",    "3xx",
                                                                    "4xx",  "5xx", "aborted"};

template <class Read>
double sum(const Workers& workers, Read&& read) {
  std::uint64_t total = 0;
  for (const auto& worker : workers) total += read(*worker).value();
  return static_cast<double>(total);
}

// A family with one sample.
void expose_one(Metrics& metrics, const Workers& workers, const MetricFamily& family,
                Count WorkerMetrics::*count) {
  metrics.collected(family, [&workers, count] {
    return std::vector<Sample>{
        {{}, sum(workers, [&](const WorkerMetrics& w) -> const Count& { return w.*count; }), {}}};
  });
}

void expose_results(Metrics& metrics, const Workers& workers, const MetricFamily& family,
                    Count WorkerMetrics::*ok, Count WorkerMetrics::*failed) {
  metrics.collected(family, [&workers, ok, failed] {
    const auto of = [&](Count WorkerMetrics::*count) {
      return sum(workers, [&](const WorkerMetrics& w) -> const Count& { return w.*count; });
    };
    return std::vector<Sample>{{{{"result", "ok"}}, of(ok), {}}, {{{"result", "failed"}}, of(failed), {}}};
  });
}

void expose_listeners(Metrics& metrics, const Workers& workers, const MetricFamily& family,
                      std::array<Count, kListeners> WorkerMetrics::*counts) {
  metrics.collected(family, [&workers, counts] {
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < kListeners; ++i) {
      const double value =
          sum(workers, [&](const WorkerMetrics& w) -> const Count& { return (w.*counts)[i]; });
      samples.push_back({{{"listener", kListenerNames[i]}}, value, {}});
    }
    return samples;
  });
}

// A worker takes no more connections when it is full, whatever room others have.
void expose_limit(Metrics& metrics, const Workers& workers, std::size_t limit) {
  if (limit == 0) return;
  metrics.collected(families::kConnectionLimit, [&workers, limit] {
    return std::vector<Sample>{{{}, static_cast<double>(limit * workers.size()), {}}};
  });
  metrics.collected(families::kConnectionsUsed, [&workers, limit] {
    std::uint64_t most = 0;
    for (const auto& worker : workers) {
      std::uint64_t open = 0;
      for (const Count& count : worker->connections_open) open += count.value();
      most = std::max(most, open);
    }
    return std::vector<Sample>{{{}, static_cast<double>(most) / static_cast<double>(limit), {}}};
  });
}

std::vector<Sample> request_samples(const Workers& workers) {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < kListeners; ++i) {
    for (std::size_t code = 0; code < WorkerMetrics::kCodes; ++code) {
      const double value =
          sum(workers, [&](const WorkerMetrics& w) -> const Count& { return w.requests[i][code]; });
      samples.push_back({{{"listener", kListenerNames[i]}, {"code", kCodeNames[code]}}, value, {}});
    }
  }
  return samples;
}

Sample duration_sample(const Workers& workers, const char* wait,
                       WorkerMetrics::Durations WorkerMetrics::*durations) {
  Sample sample;
  sample.labels = {{"wait", wait}};
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < WorkerMetrics::kBuckets; ++i) {
    for (const auto& worker : workers) count += ((*worker).*durations).buckets[i].value();
    const bool last = i + 1 == WorkerMetrics::kBuckets;
    sample.buckets.push_back(
        {last ? std::numeric_limits<double>::infinity() : families::kDurationBounds[i], count});
  }
  sample.value =
      sum(workers, [&](const WorkerMetrics& w) -> const Count& { return (w.*durations).nanoseconds; }) / 1e9;
  return sample;
}

}  // namespace

std::size_t index_of(api::Listener listener) {
  switch (listener) {
    case api::Listener::http:
      return 0;
    case api::Listener::https:
      return 1;
    case api::Listener::federation:
      return 2;
  }
  return 0;
}

void WorkerMetrics::Durations::add(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && seconds > families::kDurationBounds[bucket]) ++bucket;
  buckets[bucket].add();
  nanoseconds.add(static_cast<std::uint64_t>(duration.count()));
}

void WorkerMetrics::record(const Outcome& outcome) {
  const auto code_class = static_cast<std::size_t>(outcome.status / 100);
  const bool aborted = outcome.ending == Ending::aborted;
  requests[index_of(outcome.listener)][aborted ? kCodes - 1 : std::min(code_class, kCodes - 2)].add();
  if (!outcome.owner.empty()) owners.add(outcome.owner, aborted || code_class == 5);
  (outcome.long_wait ? long_waits : short_waits).add(outcome.duration);
}

void expose_worker_metrics(Metrics& metrics, const Workers& workers, std::size_t limit) {
  using M = WorkerMetrics;
  metrics.collected(families::kRequests, [&workers] { return request_samples(workers); });
  metrics.collected(families::kDuration, [&workers] {
    return std::vector<Sample>{duration_sample(workers, "short", &M::short_waits),
                               duration_sample(workers, "long", &M::long_waits)};
  });
  expose_limit(metrics, workers, limit);
  expose_listeners(metrics, workers, families::kConnections, &M::connections_open);
  expose_listeners(metrics, workers, families::kAccepted, &M::connections_accepted);
  expose_results(metrics, workers, families::kHandshakes, &M::handshakes_ok, &M::handshakes_failed);
  expose_results(metrics, workers, families::kConnects, &M::upstream_connects_ok,
                 &M::upstream_connects_failed);
  for (const auto& [family, count] : kSingleCounts) expose_one(metrics, workers, *family, count);
}

}  // namespace palpo::telemetry
