// SPDX-License-Identifier: Apache-2.0
// The metrics of objects and what becomes of them: palpo_ingress_translate_*, _certificate_*, _files_*.
// Constants.
#pragma once
#include <array>

#include "base/metric_family.h"

namespace palpo::reconcile::families {

inline constexpr std::array kTranslateBounds{0.001, 0.005, 0.025, 0.1, 0.5, 2.5};

inline constexpr MetricFamily kRuns{
    .name = "palpo_ingress_translate_runs_total",
    .type = MetricType::counter,
    .help = "Translations of the cluster's objects.",
    .worry = "It grows by many a second while nobody changes anything: see palpo_ingress_kube_events_total."};
inline constexpr MetricFamily kDuration{
    .name = "palpo_ingress_translate_duration_seconds",
    .type = MetricType::histogram,
    .help = "Time to translate the cluster's objects.",
    .worry = "Above 0.1 after a change of a single object: the controller does not get enough CPU time.",
    .buckets = kTranslateBounds};
inline constexpr MetricFamily kObjects{
    .name = "palpo_ingress_translate_objects",
    .type = MetricType::gauge,
    .labels = {"kind", "state"},
    .help =
        "Ingresses and PalpoHomeservers, each in one state. accepted: everything is served; impaired: a part "
        "is not, for example because a certificate is missing; orphan: a backend has no endpoint, or no "
        "Service; refused: it is invalid, conflicts with another object, or a data plane refused a part; "
        "unreadable: it does not have the structure of its kind; other_class: it belongs to another "
        "controller.",
    .worry =
        "impaired, orphan, refused or unreadable above 0: the object's conditions or Events, and /config, "
        "say "
        "what to change."};
inline constexpr MetricFamily kOrphanBackends{
    .name = "palpo_ingress_translate_orphan_backends",
    .type = MetricType::gauge,
    .labels = {"owner"},
    .help =
        "Backends without an endpoint, by the object that sends requests there. Only objects that have one, "
        "and at "
        "most 30 of them; owner=\"other\" is the sum of the rest.",
    .worry = "Above 0 for longer than a restart of the homeserver takes: its clients get 503."};
inline constexpr MetricFamily kBackends{
    .name = "palpo_ingress_translate_backends",
    .type = MetricType::gauge,
    .labels = {"endpoints"},
    .help = "Backends by how many endpoints they have: none, one, several.",
    .worry = "none above 0: see palpo_ingress_translate_orphan_backends for whose."};
inline constexpr MetricFamily kCertificates{
    .name = "palpo_ingress_certificate_served",
    .type = MetricType::gauge,
    .labels = {"time_left"},
    .help =
        "Served certificates, by the time left to them or to an issuer in their chain: none, under_7d, "
        "under_30d, longer.",
    .worry =
        "none above 0: clients and other servers refuse it. under_7d above 0: its renewal has failed for "
        "weeks."};
inline constexpr MetricFamily kCertificateEnd{
    .name = "palpo_ingress_certificate_expires_timestamp_seconds",
    .type = MetricType::gauge,
    .labels = {"certificate"},
    .help =
        "When a served certificate, or an issuer in its chain, expires. Only those with less than 30 "
        "days "
        "left, and at most 40 of them, the first to expire.",
    .worry =
        "It is close and the certificate is not renewed: check the Certificate, or the program that writes "
        "the Secret."};
inline constexpr MetricFamily kManifestFaults{
    .name = "palpo_ingress_files_faults",
    .type = MetricType::gauge,
    .help = "Manifests, or objects in them, that are invalid; their last valid form is served.",
    .worry = "Above 0: the log (source.fault) and /config (sources.faults) name file, line and reason."};

inline constexpr std::array kAll{&kRuns,     &kDuration,     &kObjects,        &kOrphanBackends,
                                 &kBackends, &kCertificates, &kCertificateEnd, &kManifestFaults};

}  // namespace palpo::reconcile::families
