// SPDX-License-Identifier: Apache-2.0
// What operators see of configurations and of the controller: palpo_ingress_config_*. Main thread only.
#pragma once
#include <optional>

#include "base/clock.h"
#include "base/metrics.h"
#include "dataplane/api/model.h"

namespace palpo::config {

class ConfigMetrics {
 public:
  explicit ConfigMetrics(Metrics& metrics);

  void connected(bool there) const;
  void compiled(Clock::duration took) const;
  void applied(const api::Snapshot& snapshot);  // all workers serve it
  void refused();

 private:
  Metrics& metrics_;
  Counter applied_;
  Counter refused_;
  Histogram compile_seconds_;
  std::optional<Gauge> last_applied_, last_refused_;  // none before the first time
  Gauge hosts_;
  Gauge clusters_;
  Gauge certificates_;
  Gauge connected_;
};

}  // namespace palpo::config
