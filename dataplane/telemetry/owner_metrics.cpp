// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/owner_metrics.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "dataplane/telemetry/families.h"

namespace palpo::telemetry {

namespace {

using Workers = std::vector<std::unique_ptr<WorkerMetrics>>;
using Totals = std::unordered_map<std::string, OwnerCount>;

Totals totals_of(const Workers& workers) {
  Totals totals;
  for (const auto& worker : workers) {
    worker->owners.for_each([&](const std::string& owner, const OwnerCounts::Counts& counts) {
      OwnerCount& total = totals[owner];
      // In this order: a failure that is counted meanwhile is not one without its request.
      total.failures += counts.failures.value();
      total.requests += counts.requests.value();
    });
  }
  return totals;
}

struct Pages {
  Pages(const Workers& w, std::function<const OwnerNames&()> c, std::size_t most)
      : workers(w), configured(std::move(c)), series(most) {}
  void update() { series.update(configured(), totals_of(workers)); }

  const Workers& workers;
  const std::function<const OwnerNames&()> configured;
  OwnerSeries series;
};

Sample sample_of(std::string owner, std::uint64_t value) {
  return {{{"owner", std::move(owner)}}, static_cast<double>(value), {}};
}

void expose(Metrics& bounded, Metrics& whole, const std::shared_ptr<Pages>& pages, const MetricFamily& family,
            std::uint64_t OwnerCount::*count) {
  bounded.collected(family, [pages, count] {
    pages->update();
    std::vector<Sample> samples{sample_of("other", pages->series.other().*count)};
    for (auto& [owner, counted] : pages->series.shown()) samples.push_back(sample_of(owner, counted.*count));
    return samples;
  });
  whole.collected(family, [pages, count] {
    auto totals = totals_of(pages->workers);
    for (const auto& [owner, routes] : pages->configured()) totals.try_emplace(owner);
    std::vector<Sample> samples;
    for (const auto& [owner, counted] : totals) samples.push_back(sample_of(owner, counted.*count));
    return samples;
  });
}

}  // namespace

void expose_owner_metrics(Metrics& bounded, Metrics& whole, const Workers& workers,
                          std::function<const OwnerNames&()> configured, std::size_t most) {
  const auto pages = std::make_shared<Pages>(workers, std::move(configured), most);
  expose(bounded, whole, pages, families::kOwnerRequests, &OwnerCount::requests);
  expose(bounded, whole, pages, families::kOwnerFailures, &OwnerCount::failures);
  bounded.collected(families::kOwnersWithout, [pages] {
    pages->update();
    return std::vector<Sample>{{{}, static_cast<double>(pages->series.without()), {}}};
  });
}

}  // namespace palpo::telemetry
