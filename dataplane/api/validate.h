// SPDX-License-Identifier: Apache-2.0
// The rules a snapshot obeys beyond its syntax: names well-formed, references resolved, routes distinct.
// Reports every fault, not the first. Pure, any thread. Both ends run it: the controller before it sends, the
// data plane before it compiles.
#pragma once
#include <string>
#include <vector>

#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"

namespace palpo::api {

struct Fault {
  ResourceId resource;
  std::string message;
  auto operator<=>(const Fault&) const = default;
};

// Every fault of the whole snapshot.
std::vector<Fault> validate(const Snapshot& snapshot);

// Only what a delta may have broken: the resources it put, and those that refer to what it dropped.
// `snapshot` is the result of applying it to a valid base. Cost follows the delta, except that drops look at
// all references.
std::vector<Fault> validate_change(const Snapshot& snapshot, const Delta& delta);

}  // namespace palpo::api
