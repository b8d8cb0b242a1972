// SPDX-License-Identifier: Apache-2.0
// What operators see of objects, their backends and their certificates: counted when scraped, from what the loop knows.
// Bounded whatever the number of objects is: only those in trouble have series of their own. On the loop's thread.
#pragma once
#include <cstddef>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/translate.h"

namespace palpo::app {

inline constexpr std::size_t kMostOrphanSeries = 50;       // then one for the rest
inline constexpr std::size_t kMostCertificateSeries = 50;  // the first to expire

std::vector<Sample> object_samples(const store::ClusterState& state, const translate::Translation& translation);
std::vector<Sample> orphan_samples(const translate::Translation& translation);
std::vector<Sample> backend_samples(const translate::Translation& translation);
std::vector<Sample> certificate_samples(const translate::Translation& translation, WallClock::time_point now);
std::vector<Sample> certificate_end_samples(const translate::Translation& translation, WallClock::time_point now);

// translation: the newest; nullptr: none yet. state and what it returns live as long as metrics are scraped.
void expose_object_metrics(Metrics& metrics, const store::ClusterState& state,
                           std::function<const translate::Translation*()> translation);

}  // namespace palpo::app
