// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/config_metrics.h"

#include <chrono>

#include "dataplane/config/families.h"

namespace palpo::config {
namespace {

void set_now(std::optional<Gauge>& gauge, Metrics& metrics, const MetricFamily& family) {
  if (!gauge) gauge = metrics.gauge(family);
  gauge->set(std::chrono::duration<double>(WallClock::now().time_since_epoch()).count());
}

}  // namespace

ConfigMetrics::ConfigMetrics(Metrics& metrics)
    : metrics_(metrics),
      applied_(metrics.counter(families::kApplied)),
      refused_(metrics.counter(families::kRefused)),
      compile_seconds_(metrics.histogram(families::kCompile)),
      hosts_(metrics.gauge(families::kHosts)),
      clusters_(metrics.gauge(families::kClusters)),
      certificates_(metrics.gauge(families::kCertificates)),
      connected_(metrics.gauge(families::kConnected)) {}

void ConfigMetrics::connected(bool there) const { connected_.set(there ? 1 : 0); }

void ConfigMetrics::compiled(Clock::duration took) const {
  compile_seconds_.observe(std::chrono::duration<double>(took).count());
}

void ConfigMetrics::applied(const api::Snapshot& snapshot) {
  applied_.add();
  set_now(last_applied_, metrics_, families::kLastApplied);
  hosts_.set(static_cast<double>(snapshot.hosts.size()));
  clusters_.set(static_cast<double>(snapshot.clusters.size()));
  certificates_.set(static_cast<double>(snapshot.certificates.size()));
}

void ConfigMetrics::refused() {
  refused_.add();
  set_now(last_refused_, metrics_, families::kLastRefused);
}

}  // namespace palpo::config
