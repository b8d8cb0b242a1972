// SPDX-License-Identifier: Apache-2.0
#include "dataplane/app/metric_families.h"

#include "base/process_metrics.h"
#include "dataplane/config/families.h"
#include "dataplane/telemetry/families.h"

namespace palpo::app {

std::vector<const MetricFamily*> dataplane_families() {
  std::vector<const MetricFamily*> all;
  for (const Families part :
       {process_families(), Families(telemetry::families::kAll), Families(config::families::kAll)})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace palpo::app
