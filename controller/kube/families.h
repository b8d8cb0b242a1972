// SPDX-License-Identifier: Apache-2.0
// The metrics of reading the API server: palpo_ingress_kube_*. Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::kube::families {

inline constexpr MetricFamily kLists{.name = "palpo_ingress_kube_lists_total",
                                     .type = MetricType::counter,
                                     .labels = {"kind"},
                                     .help = "Complete lists read from the API server.",
                                     .worry =
                                         "It grows faster than once per kind and hour: watches do not last, "
                                         "and every list puts load on the API server."};
inline constexpr MetricFamily kWatches{
    .name = "palpo_ingress_kube_watches_total",
    .type = MetricType::counter,
    .labels = {"kind"},
    .help = "Watches opened at the API server.",
    .worry =
        "It grows faster than once in five minutes and kind: something between here and the API server ends "
        "connections."};
inline constexpr MetricFamily kEvents{
    .name = "palpo_ingress_kube_events_total",
    .type = MetricType::counter,
    .labels = {"kind"},
    .help = "Watch events received, bookmarks included.",
    .worry = "A sudden rise: somebody writes objects of that kind over and over."};
inline constexpr MetricFamily kErrors{
    .name = "palpo_ingress_kube_errors_total",
    .type = MetricType::counter,
    .labels = {"kind"},
    .help = "Requests to the API server that failed or were refused.",
    .worry = "It keeps growing: see the log (kube.trouble, source.unreadable) for the answer, and /readyz."};
inline constexpr MetricFamily kLastSync{.name = "palpo_ingress_kube_last_sync_timestamp_seconds",
                                        .type = MetricType::gauge,
                                        .labels = {"kind"},
                                        .help =
                                            "When the kind was last known to be current, by a list, an event "
                                            "or a bookmark. Absent for a kind that was never read.",
                                        .worry =
                                            "It is older than five minutes, though the API server sends a "
                                            "bookmark about every minute: changes of "
                                            "that kind are not seen."};

inline constexpr std::array kAll{&kLists, &kWatches, &kEvents, &kErrors, &kLastSync};

}  // namespace palpo::kube::families
