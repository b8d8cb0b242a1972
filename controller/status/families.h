// SPDX-License-Identifier: Apache-2.0
// The metrics of writing statuses and Events: palpo_ingress_status_*. Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::status::families {

inline constexpr MetricFamily kWrites{.name = "palpo_ingress_status_writes_total",
                                      .type = MetricType::counter,
                                      .labels = {"result"},
                                      .help =
                                          "Status patches and Events by result. unchanged: it was there "
                                          "already; conflict: the object had changed "
                                          "meanwhile, and is looked at anew.",
                                      .worry =
                                          "error grows: what objects say of themselves is old; the log "
                                          "(status.failed) has the answer. conflict "
                                          "grows steadily: another program writes the same statuses."};

inline constexpr std::array kAll{&kWrites};

}  // namespace palpo::status::families
