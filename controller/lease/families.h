// SPDX-License-Identifier: Apache-2.0
// The metrics of the election: palpo_ingress_lease_*. Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::lease::families {

inline constexpr MetricFamily kLeader{.name = "palpo_ingress_lease_leader",
                                      .type = MetricType::gauge,
                                      .help =
                                          "1: this controller leads, and writes statuses and Events; so it "
                                          "is without an election. 0: another does, "
                                          "or none.",
                                      .worry = "The sum over the replicas of a release is not 1."};
inline constexpr MetricFamily kTransitions{
    .name = "palpo_ingress_lease_transitions_total",
    .type = MetricType::counter,
    .help = "Changes of leader that this controller has seen, its own among them.",
    .worry = "It grows outside of upgrades: the leader is starved, or the API server too slow to renew at."};
inline constexpr MetricFamily kRenewFailures{
    .name = "palpo_ingress_lease_renew_failures_total",
    .type = MetricType::counter,
    .help = "Tries of this controller to renew its Lease that came to nothing.",
    .worry =
        "It grows: within the renew deadline this controller will cease to lead; the log (lease.trouble) "
        "says "
        "why."};

inline constexpr std::array kAll{&kLeader, &kTransitions, &kRenewFailures};

}  // namespace palpo::lease::families
