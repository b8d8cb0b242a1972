// SPDX-License-Identifier: Apache-2.0
// The metrics of configurations on their way to data planes: palpo_ingress_publish_*. Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::publish::families {

inline constexpr std::array kAckBounds{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 2.5, 10.0, 30.0};
inline constexpr std::array kProgrammedBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0, 60.0};

inline constexpr MetricFamily kUpdates{.name = "palpo_ingress_publish_updates_total",
                                       .type = MetricType::counter,
                                       .help = "Updates sent to data planes.",
                                       .worry =
                                           "It grows while nobody changes anything: see "
                                           "palpo_ingress_kube_events_total for the kind that does."};
inline constexpr MetricFamily kAcks{.name = "palpo_ingress_publish_acks_total",
                                    .type = MetricType::counter,
                                    .help = "Updates that data planes took.",
                                    .worry =
                                        "It stays behind palpo_ingress_publish_updates_total: see "
                                        "palpo_ingress_publish_unacknowledged_seconds."};
inline constexpr MetricFamily kNacks{
    .name = "palpo_ingress_publish_nacks_total",
    .type = MetricType::counter,
    .help = "Updates that data planes refused.",
    .worry = "It grows: the log (publish.refused) names the resource and the reason."};
inline constexpr MetricFamily kKeys{
    .name = "palpo_ingress_publish_keys_total",
    .type = MetricType::counter,
    .help = "Private keys sent to data planes.",
    .worry = "It grows without new certificates and without new data planes."};
inline constexpr MetricFamily kSentBytes{
    .name = "palpo_ingress_publish_sent_bytes_total",
    .type = MetricType::counter,
    .help = "Bytes of updates sent to data planes.",
    .worry = "It grows by the whole configuration again and again: data planes come back with nothing."};
inline constexpr MetricFamily kPeers{.name = "palpo_ingress_publish_peers",
                                     .type = MetricType::gauge,
                                     .help = "Connected data planes.",
                                     .worry = "0: nobody serves what this controller publishes."};
inline constexpr MetricFamily kHeldBack{
    .name = "palpo_ingress_publish_held_back_resources",
    .type = MetricType::gauge,
    .help = "Resources not published as wanted because they were refused.",
    .worry =
        "Above 0: they serve in their last accepted form, or not at all; /config (dataPlanes.refused) names "
        "each "
        "with the reason."};
inline constexpr MetricFamily kAckTime{
    .name = "palpo_ingress_publish_ack_seconds",
    .type = MetricType::histogram,
    .help = "From an update sent to its answer by the data plane.",
    .worry = "Above a second after ordinary changes: the data plane lacks CPU time.",
    .buckets = kAckBounds};
inline constexpr MetricFamily kProgrammed{
    .name = "palpo_ingress_publish_programmed_seconds",
    .type = MetricType::histogram,
    .help = "From the first event that is not served yet to its acknowledgement by every data plane.",
    .worry =
        "Above a second after ordinary changes: palpo_ingress_translate_duration_seconds and "
        "palpo_ingress_publish_ack_seconds say where it goes.",
    .buckets = kProgrammedBounds};
inline constexpr MetricFamily kUnacknowledged{
    .name = "palpo_ingress_publish_unacknowledged_seconds",
    .type = MetricType::gauge,
    .help =
        "For how long a connected data plane has owed the acknowledgement of what is published. 0: none "
        "does.",
    .worry =
        "Above 30: changes do not become effective; the log of the data plane (config.refused) may say why."};
inline constexpr MetricFamily kLastAcknowledged{
    .name = "palpo_ingress_publish_last_acknowledged_timestamp_seconds",
    .type = MetricType::gauge,
    .help =
        "When every connected data plane was last found to serve what is published. None before the first "
        "time.",
    .worry = "It is older than a change that was made."};
inline constexpr MetricFamily kLastRefused{
    .name = "palpo_ingress_publish_last_refused_timestamp_seconds",
    .type = MetricType::gauge,
    .help = "When a data plane last refused an update. None: none did.",
    .worry = "It is younger than palpo_ingress_publish_last_acknowledged_timestamp_seconds."};

inline constexpr std::array kAll{
    &kUpdates,  &kAcks,    &kNacks,      &kKeys,           &kSentBytes,        &kPeers,
    &kHeldBack, &kAckTime, &kProgrammed, &kUnacknowledged, &kLastAcknowledged, &kLastRefused};

}  // namespace palpo::publish::families
