// SPDX-License-Identifier: Apache-2.0
// From JSON values to the plain structs of the kinds. Wrong shapes end in the reader's Fault; the struct is
// then unusable. decode_value is decode_object for a value that is parsed already. Pure, any thread.
#pragma once
#include "controller/kube/fields.h"
#include "controller/kube/kinds.h"

namespace palpo::kube {

// What several kinds have.
Meta decode_meta(Fields metadata);
std::vector<LoadBalancerAddress> decode_addresses(Fields status);
ParentStatus decode_parent_status(Fields status);  // observedGeneration and conditions

Result<std::variant<Object, BrokenObject>> decode_value(Kind kind, JsonView value, bool strict);

}  // namespace palpo::kube
