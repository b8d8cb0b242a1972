// SPDX-License-Identifier: Apache-2.0
// `metrics`: prints every family of metrics that this program can show, as tables in Markdown.
// docs/metrics.md is made of it.
#pragma once
#include <iosfwd>
#include <vector>

#include "base/metric_family.h"

namespace palpo::commands {

std::vector<const MetricFamily*> controller_families();
void print_metrics(std::ostream& out);

}  // namespace palpo::commands
