// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/config_metrics.h"

#include <chrono>

namespace palpo::config {

ConfigMetrics::ConfigMetrics(Metrics& metrics)
    : applied_(
          metrics.counter("palpo_ingress_config_applied_total", "Configurations that all workers took.")),
      refused_(metrics.counter("palpo_ingress_config_refused_total", "Updates that were refused.")),
      compile_seconds_(metrics.histogram("palpo_ingress_config_compile_seconds", "Time to compile an update.",
                                         {0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10})),
      last_applied_(metrics.gauge("palpo_ingress_config_last_applied_timestamp_seconds",
                                  "When the served configuration was applied.")),
      hosts_(metrics.gauge("palpo_ingress_config_hosts", "Hosts in the served configuration.")),
      clusters_(metrics.gauge("palpo_ingress_config_clusters", "Clusters in the served configuration.")),
      certificates_(
          metrics.gauge("palpo_ingress_config_certificates", "Certificates in the served configuration.")),
      connected_(
          metrics.gauge("palpo_ingress_controller_connected", "1 while the controller is connected.")) {}

void ConfigMetrics::connected(bool there) const { connected_.set(there ? 1 : 0); }

void ConfigMetrics::compiled(Clock::duration took) const {
  compile_seconds_.observe(std::chrono::duration<double>(took).count());
}

void ConfigMetrics::applied(const api::Snapshot& snapshot) const {
  applied_.add();
  last_applied_.set(std::chrono::duration<double>(WallClock::now().time_since_epoch()).count());
  hosts_.set(static_cast<double>(snapshot.hosts.size()));
  clusters_.set(static_cast<double>(snapshot.clusters.size()));
  certificates_.set(static_cast<double>(snapshot.certificates.size()));
}

void ConfigMetrics::refused() const { refused_.add(); }

}  // namespace palpo::config
