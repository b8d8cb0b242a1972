// SPDX-License-Identifier: Apache-2.0
// When each scope was last known to be current, for metrics: of a kind that is read in several namespaces the
// oldest counts, because it is the one in trouble. Thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "controller/kube/scope.h"

namespace palpo::kube {

class SyncTimes {
 public:
  void note(const Scope& scope);  // it is current now

  // One a kind that was read. One that was not would look as if it had been current in 1970.
  std::vector<Sample> samples() const;

 private:
  mutable std::mutex mutex_;
  std::map<Kind, std::map<std::string, WallClock::time_point>> times_;  // by namespace
};

}  // namespace palpo::kube
