// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/version.h"

namespace palpo::api {

Digest version_of(const Snapshot& snapshot) {
  SetDigest all;
  for (const auto& entry : snapshot.hosts) all.add(entry.second->digest);
  for (const auto& entry : snapshot.clusters) all.add(entry.second->digest);
  for (const auto& entry : snapshot.certificates) all.add(entry.second->digest);
  all.add(snapshot.settings->digest);
  return all.value();
}

}  // namespace palpo::api
