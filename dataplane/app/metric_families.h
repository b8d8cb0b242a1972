// SPDX-License-Identifier: Apache-2.0
// Every family of metrics that this program can show. docs/metrics.md is made of it. Pure.
#pragma once
#include <vector>

#include "base/metric_family.h"

namespace palpo::app {

std::vector<const MetricFamily*> dataplane_families();

}  // namespace palpo::app
