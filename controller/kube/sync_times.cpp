// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/sync_times.h"

#include <algorithm>

namespace palpo::kube {

void SyncTimes::note(const Scope& scope) {
  const std::lock_guard lock(mutex_);
  times_[scope.kind][scope.namespace_] = WallClock::now();
}

std::vector<Sample> SyncTimes::samples() const {
  const std::lock_guard lock(mutex_);
  std::vector<Sample> samples;
  for (const auto& [kind, by_namespace] : times_) {
    auto oldest = WallClock::time_point::max();
    for (const auto& [name, when] : by_namespace) oldest = std::min(oldest, when);
    samples.push_back({{{"kind", std::string(info(kind).name)}},
                       std::chrono::duration<double>(oldest.time_since_epoch()).count()});
  }
  return samples;
}

}  // namespace palpo::kube
