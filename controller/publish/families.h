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
                                    .help = "Updates acknowledged by data planes.",
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
    .worry = "It repeatedly grows by the size of the whole configuration: data planes restart."};
inline constexpr MetricFamily kPeers{.name = "palpo_ingress_publish_peers",
                                     .type = MetricType::gauge,
                                     .help = "Connected data planes.",
                                     .worry = "0: no data plane serves what this controller publishes."};
inline constexpr MetricFamily kHeldBack{
    .name = "palpo_ingress_publish_held_back_resources",
    .type = MetricType::gauge,
    .help = "Resources that are held back because a data plane refused them.",
    .worry =
        "Above 0: they serve in their last accepted form, or not at all; /config (dataPlanes.refused) names "
        "each "
        "with the reason."};
inline constexpr MetricFamily kAckTime{
    .name = "palpo_ingress_publish_ack_seconds",
    .type = MetricType::histogram,
    .help = "Time from sending an update to the data plane's response.",
    .worry = "Above a second after ordinary changes: the data plane does not get enough CPU time.",
    .buckets = kAckBounds};
inline constexpr MetricFamily kProgrammed{
    .name = "palpo_ingress_publish_programmed_seconds",
    .type = MetricType::histogram,
    .help = "Time from an event to its acknowledgement by every data plane.",
    .worry =
        "Above a second after ordinary changes: palpo_ingress_translate_duration_seconds and "
        "palpo_ingress_publish_ack_seconds say where it goes.",
    .buckets = kProgrammedBounds};
inline constexpr MetricFamily kUnacknowledged{
    .name = "palpo_ingress_publish_unacknowledged_seconds",
    .type = MetricType::gauge,
    .help = "How long a connected data plane has not acknowledged what is published. 0: all have.",
    .worry = "Above 30: changes do not take effect; the log of the data plane (config.refused) may say why."};
inline constexpr MetricFamily kLastAcknowledged{
    .name = "palpo_ingress_publish_last_acknowledged_timestamp_seconds",
    .type = MetricType::gauge,
    .help = "When all connected data planes last served what is published. Absent before the first time.",
    .worry = "It is older than a change that was made."};
inline constexpr MetricFamily kLastRefused{
    .name = "palpo_ingress_publish_last_refused_timestamp_seconds",
    .type = MetricType::gauge,
    .help = "When a data plane last refused an update. Absent if none has.",
    .worry = "It is younger than palpo_ingress_publish_last_acknowledged_timestamp_seconds."};

inline constexpr std::array kAll{
    &kUpdates,  &kAcks,    &kNacks,      &kKeys,           &kSentBytes,        &kPeers,
    &kHeldBack, &kAckTime, &kProgrammed, &kUnacknowledged, &kLastAcknowledged, &kLastRefused};

}  // namespace palpo::publish::families
