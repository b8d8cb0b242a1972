// SPDX-License-Identifier: Apache-2.0
// The metrics of serving: palpo_ingress_downstream_*, _upstream_*, _access_log_*. Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::telemetry::families {

inline constexpr std::array kDurationBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                            0.25,  0.5,    1.0,   2.5,  10.0,  60.0};

inline constexpr MetricFamily kRequests{
    .name = "palpo_ingress_downstream_requests_total",
    .type = MetricType::counter,
    .labels = {"code", "listener"},
    .help =
        "Finished requests, by listener and class of the response's status. none: the client disconnected "
        "before a response; aborted: the response was cut off.",
    .worry = "The share of 5xx and aborted grows: palpo_ingress_downstream_owner_failures_total says whose."};
inline constexpr MetricFamily kDuration{
    .name = "palpo_ingress_downstream_request_duration_seconds",
    .type = MetricType::histogram,
    .labels = {"wait"},
    .help =
        "From a request's head to the end of the response. wait=\"long\": "
        "long polls and WebSockets, whose clients "
        "decide how long they take; wait=\"short\": all others.",
    .worry =
        "The quantiles of wait=\"short\" grow: homeservers are slow, or "
        "palpo_ingress_upstream_connects_total "
        "shows failures.",
    .buckets = kDurationBounds};
inline constexpr MetricFamily kOwnerRequests{
    .name = "palpo_ingress_downstream_owner_requests_total",
    .type = MetricType::counter,
    .labels = {"owner"},
    .help =
        "Requests by the PalpoHomeserver or Ingress whose route matched. owner=\"other\": all owners beyond "
        "--metrics-max-owners.",
    .worry = "It stops growing for an owner that usually has traffic."};
inline constexpr MetricFamily kOwnerFailures{
    .name = "palpo_ingress_downstream_owner_failures_total",
    .type = MetricType::counter,
    .labels = {"owner"},
    .help = "Requests of an owner that were answered with 5xx, or whose response was cut off.",
    .worry = "Its share of palpo_ingress_downstream_owner_requests_total is above a few percent."};
inline constexpr MetricFamily kOwnersWithout{
    .name = "palpo_ingress_downstream_owners_without_series",
    .type = MetricType::gauge,
    .help =
        "Owners that are counted under owner=\"other\", because there are more than --metrics-max-owners.",
    .worry =
        "Above 0: failures of one of them are harder to see. Raise --metrics-max-owners, or scrape "
        "/metrics/owners, which has them all."};
inline constexpr MetricFamily kConnections{
    .name = "palpo_ingress_downstream_connections",
    .type = MetricType::gauge,
    .labels = {"listener"},
    .help = "Open client connections.",
    .worry = "Its sum nears palpo_ingress_downstream_connections_limit."};
inline constexpr MetricFamily kConnectionLimit{
    .name = "palpo_ingress_downstream_connections_limit",
    .type = MetricType::gauge,
    .help = "Maximum number of client connections, of all workers together.",
    .worry =
        "It is lower than expected: it is derived from the open file limit or the memory limit, unless "
        "--max-connections is set."};
inline constexpr MetricFamily kConnectionsUsed{
    .name = "palpo_ingress_downstream_connections_used_ratio",
    .type = MetricType::gauge,
    .help = "Highest share of its connection limit that a worker uses: 0 to 1.",
    .worry = "Above 0.8: at 1 idle connections are closed for new ones, then new ones wait."};
inline constexpr MetricFamily kAccepted{.name = "palpo_ingress_downstream_connections_accepted_total",
                                        .type = MetricType::counter,
                                        .labels = {"listener"},
                                        .help = "Accepted client connections.",
                                        .worry =
                                            "It grows much faster than requests do: clients do not reuse "
                                            "connections, and each new one costs a handshake."};
inline constexpr MetricFamily kEvicted{.name = "palpo_ingress_downstream_connections_evicted_total",
                                       .type = MetricType::counter,
                                       .help = "Idle client connections closed to make room for others.",
                                       .worry = "It grows: connections, descriptors or memory have run out."};
inline constexpr MetricFamily kAcceptFailures{
    .name = "palpo_ingress_downstream_accept_failures_total",
    .type = MetricType::counter,
    .help = "Connections that failed to be accepted.",
    .worry = "It grows: the log (listener.accept) has the system's reason."};
inline constexpr MetricFamily kHandshakes{.name = "palpo_ingress_downstream_handshakes_total",
                                          .type = MetricType::counter,
                                          .labels = {"result"},
                                          .help =
                                              "TLS handshakes with clients: ok, failed. Clients that "
                                              "disconnect before they send anything are not counted.",
                                          .worry =
                                              "The share of failed is high, especially after a change of "
                                              "certificates: a host has no certificate, or an expired one."};
inline constexpr MetricFamily kReceived{.name = "palpo_ingress_downstream_received_bytes_total",
                                        .type = MetricType::counter,
                                        .help = "Bytes received from clients, as on the wire.",
                                        .worry = "Its rate approaches the capacity of the network."};
inline constexpr MetricFamily kSent{.name = "palpo_ingress_downstream_sent_bytes_total",
                                    .type = MetricType::counter,
                                    .help = "Bytes sent to clients, as on the wire.",
                                    .worry = "Its rate approaches the capacity of the network."};
inline constexpr MetricFamily kConnects{
    .name = "palpo_ingress_upstream_connects_total",
    .type = MetricType::counter,
    .labels = {"result"},
    .help = "Connections dialled to homeservers: ok, failed.",
    .worry = "failed grows: endpoints do not accept connections, or a NetworkPolicy blocks them."};
inline constexpr MetricFamily kRetries{
    .name = "palpo_ingress_upstream_retries_total",
    .type = MetricType::counter,
    .help = "Requests sent again because an idle connection turned out to be closed.",
    .worry = "It grows with the traffic: homeservers close idle connections sooner than after 25 seconds."};
inline constexpr MetricFamily kAccessLogDropped{
    .name = "palpo_ingress_access_log_dropped_lines_total",
    .type = MetricType::counter,
    .help = "Access log lines dropped because the reader of standard output did not keep up.",
    .worry = "It grows: the collector of the container's log does not keep up. Requests are not delayed."};

inline constexpr std::array kAll{&kRequests,        &kDuration,    &kOwnerRequests,   &kOwnerFailures,
                                 &kOwnersWithout,   &kConnections, &kConnectionLimit, &kConnectionsUsed,
                                 &kAccepted,        &kEvicted,     &kAcceptFailures,  &kHandshakes,
                                 &kReceived,        &kSent,        &kConnects,        &kRetries,
                                 &kAccessLogDropped};

}  // namespace palpo::telemetry::families
