// SPDX-License-Identifier: Apache-2.0
// One attempt at a snapshot without refused forms: each refused resource takes the first form that is not
// refused of wanted, last accepted, harmless (an empty cluster, empty settings), or is left out; references
// are mended. Pure.
#pragma once
#include <functional>
#include <set>
#include <string>

#include "dataplane/api/model.h"

namespace palpo::publish {

struct Composed {
  api::Snapshot snapshot;
  std::set<api::ResourceId> held_back;  // are not there in their wanted form
};

// refused: the ids to look at; is_refused: whether that form of it is.
Composed compose(const api::Snapshot& wanted, const api::Snapshot& accepted,
                 const std::set<api::ResourceId>& refused,
                 const std::function<bool(const api::ResourceId&, const Digest&)>& is_refused);

}  // namespace palpo::publish
