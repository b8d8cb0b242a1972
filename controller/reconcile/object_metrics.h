// SPDX-License-Identifier: Apache-2.0
// What operators see of objects, their backends and their certificates: counted when scraped, from what the
// loop knows. Bounded whatever the number of objects is: only those in trouble have series of their own. On
// the loop's thread.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/translation.h"

namespace palpo::reconcile {

inline constexpr std::size_t kMostOrphanSeries = 30;       // then one for the rest
inline constexpr std::size_t kMostCertificateSeries = 40;  // the first to expire

// refused: by data planes.
using Refused = std::map<api::ResourceId, std::string>;
std::vector<Sample> object_samples(const store::ClusterState& state,
                                   const translate::Translation& translation, const Refused& refused);
std::vector<Sample> orphan_samples(const translate::Translation& translation);
std::vector<Sample> backend_samples(const translate::Translation& translation);
std::vector<Sample> certificate_samples(const translate::Translation& translation, WallClock::time_point now);
std::vector<Sample> certificate_end_samples(const translate::Translation& translation,
                                            WallClock::time_point now);

struct ObjectView {
  const store::ClusterState* state = nullptr;
  const translate::Translation* translation = nullptr;  // the newest; null: none yet
  const Refused* refused = nullptr;
};
// What view() returns lives as long as metrics are scraped.
void expose_object_metrics(Metrics& metrics, std::function<ObjectView()> view);

}  // namespace palpo::reconcile
