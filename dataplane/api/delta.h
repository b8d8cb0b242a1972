// SPDX-License-Identifier: Apache-2.0
// The difference between two snapshots, in whole resources. apply(a, diff(a, b)) == b. A full snapshot is the
// difference from the empty one. Pure, any thread.
#pragma once
#include <vector>

#include "base/result.h"
#include "dataplane/api/model.h"

namespace palpo::api {

struct Delta {
  std::vector<Ref<Host>> put_hosts;
  std::vector<Ref<Cluster>> put_clusters;
  std::vector<Ref<Certificate>> put_certificates;
  Ref<Settings> put_settings;  // null: unchanged
  std::vector<ResourceId> drop;
  bool empty() const;
};

Delta diff(const Snapshot& from, const Snapshot& to);
// An error names a dropped resource that is not there.
// Costs what the delta touches when the base is moved in.
Result<Snapshot> apply(Snapshot base, const Delta& delta);

}  // namespace palpo::api
