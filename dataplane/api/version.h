// SPDX-License-Identifier: Apache-2.0
// The version of a snapshot: a digest of its content and of nothing else. Equal content, equal version,
// whoever computed it and in whatever order. Pure, any thread.
#pragma once
#include "base/digest.h"
#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"

namespace palpo::api {

Digest version_of(const Snapshot& snapshot);

// The version of a snapshot that changes, from the empty one on, at the cost of each change.
class RunningVersion {
 public:
  RunningVersion();
  void change(const Snapshot& before, const Delta& delta);  // the delta applies to `before`
  Digest value() const { return all_.value(); }

 private:
  SetDigest all_;
};

}  // namespace palpo::api
