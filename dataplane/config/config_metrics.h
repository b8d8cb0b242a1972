// SPDX-License-Identifier: Apache-2.0
// What operators see of configurations: palpo_ingress_config_* and whether the controller is there. Main
// thread only.
#pragma once
#include "base/clock.h"
#include "base/metrics.h"
#include "dataplane/api/model.h"

namespace palpo::config {

class ConfigMetrics {
 public:
  explicit ConfigMetrics(Metrics& metrics);

  void connected(bool there) const;
  void compiled(Clock::duration took) const;
  void applied(const api::Snapshot& snapshot) const;  // all workers serve it
  void refused() const;

 private:
  Counter applied_;
  Counter refused_;
  Histogram compile_seconds_;
  Gauge last_applied_;
  Gauge hosts_;
  Gauge clusters_;
  Gauge certificates_;
  Gauge connected_;
};

}  // namespace palpo::config
