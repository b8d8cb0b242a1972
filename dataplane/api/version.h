// SPDX-License-Identifier: Apache-2.0
// The version of a snapshot: a digest of its content and of nothing else. Equal content, equal version, whoever
// computed it and in whatever order. Pure, any thread.
#pragma once
#include "dataplane/api/model.h"

namespace palpo::api {

Digest version_of(const Snapshot& snapshot);

}  // namespace palpo::api
