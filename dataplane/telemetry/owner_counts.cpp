// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/owner_counts.h"

namespace palpo::telemetry {

void OwnerCounts::add(std::string_view owner, bool failed) {
  auto found = owners_.find(owner);  // only this thread changes the map
  if (found == owners_.end()) {
    const std::lock_guard lock(mutex_);
    found = owners_.try_emplace(std::string(owner)).first;
  }
  found->second.requests.add();
  if (failed) found->second.failures.add();
}

}  // namespace palpo::telemetry
