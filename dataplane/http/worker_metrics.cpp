// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/worker_metrics.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <string>

namespace palpo::http {

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

struct Family {
  const char* name;
  const char* help;
  SampleType type;
};

// A family with one sample.
void expose_one(Metrics& metrics, const Workers& workers, const Family& family, Count WorkerMetrics::*count) {
  metrics.collected(family.name, family.help, family.type, [&workers, count] {
    return std::vector<Sample>{
        {{}, sum(workers, [&](const WorkerMetrics& w) -> const Count& { return w.*count; }), {}}};
  });
}

void expose_results(Metrics& metrics, const Workers& workers, const Family& family, Count WorkerMetrics::*ok,
                    Count WorkerMetrics::*failed) {
  metrics.collected(family.name, family.help, family.type, [&workers, ok, failed] {
    const auto of = [&](Count WorkerMetrics::*count) {
      return sum(workers, [&](const WorkerMetrics& w) -> const Count& { return w.*count; });
    };
    return std::vector<Sample>{{{{"result", "ok"}}, of(ok), {}}, {{{"result", "failed"}}, of(failed), {}}};
  });
}

void expose_listeners(Metrics& metrics, const Workers& workers, const Family& family,
                      std::array<Count, kListeners> WorkerMetrics::*counts) {
  metrics.collected(family.name, family.help, family.type, [&workers, counts] {
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < kListeners; ++i) {
      const double value =
          sum(workers, [&](const WorkerMetrics& w) -> const Count& { return (w.*counts)[i]; });
      samples.push_back({{{"listener", kListenerNames[i]}}, value, {}});
    }
    return samples;
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

std::vector<Sample> owner_samples(const Workers& workers) {
  std::map<std::string, std::array<std::uint64_t, OwnerCounts::kCodes>, std::less<>> totals;
  for (const auto& worker : workers) {
    worker->owners.for_each([&](const std::string& owner, const auto& counts) {
      auto& total = totals[owner];
      for (std::size_t code = 0; code < counts.size(); ++code) total[code] += counts[code].value();
    });
  }
  std::vector<Sample> samples;
  for (const auto& [owner, total] : totals) {
    for (std::size_t code = 0; code < total.size(); ++code) {
      if (total[code] == 0) continue;
      samples.push_back(
          {{{"owner", owner}, {"code", kCodeNames[code]}}, static_cast<double>(total[code]), {}});
    }
  }
  return samples;
}

std::vector<Sample> duration_samples(const Workers& workers) {
  Sample sample;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < WorkerMetrics::kBuckets; ++i) {
    for (const auto& worker : workers) count += worker->duration_buckets[i].value();
    const bool last = i + 1 == WorkerMetrics::kBuckets;
    sample.buckets.push_back(
        {last ? std::numeric_limits<double>::infinity() : WorkerMetrics::kBucketBounds[i], count});
  }
  sample.value =
      sum(workers, [](const WorkerMetrics& w) -> const Count& { return w.duration_nanoseconds; }) / 1e9;
  return {sample};
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

void WorkerMetrics::record(const Outcome& outcome) {
  const auto code_class = static_cast<std::size_t>(outcome.status / 100);
  const std::size_t code = outcome.ending == Ending::aborted ? kCodes - 1 : std::min(code_class, kCodes - 2);
  requests[index_of(outcome.listener)][code].add();
  if (!outcome.owner.empty()) owners.add(outcome.owner, std::min(code_class, OwnerCounts::kCodes - 1));
  const double seconds = std::chrono::duration<double>(outcome.duration).count();
  std::size_t bucket = 0;
  while (bucket < kBucketBounds.size() && seconds > kBucketBounds[bucket]) ++bucket;
  duration_buckets[bucket].add();
  duration_nanoseconds.add(static_cast<std::uint64_t>(outcome.duration.count()));
}

void expose_worker_metrics(Metrics& metrics, const Workers& workers) {
  using M = WorkerMetrics;
  const auto counter = SampleType::counter;
  metrics.collected(
      "palpo_ingress_requests_total",
      "Requests that ended, by listener and class of the answer's status; none: the client left before "
      "one, aborted: the answer could not be completed.",
      counter, [&workers] { return request_samples(workers); });
  metrics.collected(
      "palpo_ingress_owner_requests_total",
      "Requests by the Ingress or PalpoHomeserver whose route took them, and class of the status.", counter,
      [&workers] { return owner_samples(workers); });
  metrics.collected("palpo_ingress_request_duration_seconds",
                    "From a request's head to the end of its answer.", SampleType::histogram,
                    [&workers] { return duration_samples(workers); });
  expose_listeners(
      metrics, workers,
      {"palpo_ingress_downstream_connections", "Clients' connections now open.", SampleType::gauge},
      &M::connections_open);
  expose_listeners(
      metrics, workers,
      {"palpo_ingress_downstream_connections_accepted_total", "Clients' connections accepted.", counter},
      &M::connections_accepted);
  expose_results(metrics, workers,
                 {"palpo_ingress_tls_handshakes_total", "TLS handshakes with clients.", counter},
                 &M::handshakes_ok, &M::handshakes_failed);
  expose_results(metrics, workers,
                 {"palpo_ingress_upstream_connects_total", "Connections dialled to homeservers.", counter},
                 &M::upstream_connects_ok, &M::upstream_connects_failed);
  const std::pair<Family, Count M::*> singles[] = {
      {{"palpo_ingress_accept_failures_total", "Connections that could not be accepted.", counter},
       &M::accept_failures},
      {{"palpo_ingress_upstream_retries_total", "Requests sent again after an idle connection proved dead.",
        counter},
       &M::upstream_retries},
      {{"palpo_ingress_downstream_received_bytes_total", "Bytes received from clients.", counter},
       &M::bytes_received},
      {{"palpo_ingress_downstream_sent_bytes_total", "Bytes sent to clients.", counter}, &M::bytes_sent},
  };
  for (const auto& [family, count] : singles) expose_one(metrics, workers, family, count);
}

}  // namespace palpo::http
