// SPDX-License-Identifier: Apache-2.0
// The metrics of a data plane's configurations: palpo_ingress_config_*. Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::config::families {

inline constexpr std::array kCompileBounds{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0};

inline constexpr MetricFamily kConnected{.name = "palpo_ingress_config_controller_connected",
                                         .type = MetricType::gauge,
                                         .help = "1 while the controller is connected.",
                                         .worry =
                                             "0: the last configuration is served; changes, new endpoints "
                                             "and renewed certificates are not received."};
inline constexpr MetricFamily kApplied{
    .name = "palpo_ingress_config_applied_total",
    .type = MetricType::counter,
    .help = "Configurations applied by all workers.",
    .worry =
        "It grows by many a second for long: something changes objects over "
        "and over."};
inline constexpr MetricFamily kRefused{
    .name = "palpo_ingress_config_refused_total",
    .type = MetricType::counter,
    .help = "Refused updates; the previous configuration is still served.",
    .worry = "It grows: the log (config.refused) names the resource and the reason."};
inline constexpr MetricFamily kCompile{
    .name = "palpo_ingress_config_compile_seconds",
    .type = MetricType::histogram,
    .help = "Time to compile an update.",
    .worry = "Above 0.1 after a change of a single object: the data plane does not get enough CPU time.",
    .buckets = kCompileBounds};
inline constexpr MetricFamily kLastApplied{
    .name = "palpo_ingress_config_last_applied_timestamp_seconds",
    .type = MetricType::gauge,
    .help = "When the served configuration was applied. Absent before the first one.",
    .worry = "It is older than a change that was made."};
inline constexpr MetricFamily kLastRefused{
    .name = "palpo_ingress_config_last_refused_timestamp_seconds",
    .type = MetricType::gauge,
    .help = "When an update was last refused. Absent if none was.",
    .worry = "It is younger than palpo_ingress_config_last_applied_timestamp_seconds."};
inline constexpr MetricFamily kHosts{
    .name = "palpo_ingress_config_hosts",
    .type = MetricType::gauge,
    .help = "Hosts in the served configuration.",
    .worry = "It falls by many at once: objects were deleted, or their class."};
inline constexpr MetricFamily kClusters{
    .name = "palpo_ingress_config_clusters",
    .type = MetricType::gauge,
    .help = "Backends in the served configuration.",
    .worry = "It falls by many at once: objects were deleted, or their class."};
inline constexpr MetricFamily kCertificates{
    .name = "palpo_ingress_config_certificates",
    .type = MetricType::gauge,
    .help = "Certificates in the served configuration.",
    .worry =
        "It falls by many at once: their Secrets were deleted and have expired, or objects were deleted."};

inline constexpr std::array kAll{&kConnected,   &kApplied, &kRefused,  &kCompile,     &kLastApplied,
                                 &kLastRefused, &kHosts,   &kClusters, &kCertificates};

}  // namespace palpo::config::families
