// SPDX-License-Identifier: Apache-2.0
// The metrics of writing statuses and Events: palpo_ingress_status_*. Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::status::families {

inline constexpr MetricFamily kWrites{
    .name = "palpo_ingress_status_writes_total",
    .type = MetricType::counter,
    .labels = {"result"},
    .help =
        "Status patches and Events by result. unchanged: already up to date; conflict: the object had "
        "changed in the meantime, and is processed again.",
    .worry =
        "error grows: statuses are out of date; see the log (status.failed). conflict "
        "grows steadily: another program writes the same statuses."};

inline constexpr std::array kAll{&kWrites};

}  // namespace palpo::status::families
