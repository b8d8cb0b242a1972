// SPDX-License-Identifier: Apache-2.0
// The metrics of the election: palpo_ingress_lease_*. Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::lease::families {

inline constexpr MetricFamily kLeader{
    .name = "palpo_ingress_lease_leader",
    .type = MetricType::gauge,
    .help =
        "1: this controller is the leader and writes statuses and Events, or leader election is off. 0: "
        "another controller is the leader, or none.",
    .worry = "The sum over the replicas of a release is not 1."};
inline constexpr MetricFamily kTransitions{
    .name = "palpo_ingress_lease_transitions_total",
    .type = MetricType::counter,
    .help = "Changes of leader observed by this controller, including its own.",
    .worry =
        "It grows outside of upgrades: the leader does not get enough CPU time, or the API server is too "
        "slow."};
inline constexpr MetricFamily kRenewFailures{.name = "palpo_ingress_lease_renew_failures_total",
                                             .type = MetricType::counter,
                                             .help = "Failed attempts to renew the Lease.",
                                             .worry =
                                                 "It grows: this controller will lose leadership after the "
                                                 "renew deadline; see the log (lease.trouble)."};

inline constexpr std::array kAll{&kLeader, &kTransitions, &kRenewFailures};

}  // namespace palpo::lease::families
