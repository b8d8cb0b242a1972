// SPDX-License-Identifier: Apache-2.0
// From values to the plain structs of the kinds. Wrong shapes end in the reader's Fault; the struct is then
// unusable. Pure, any thread.
#pragma once
#include "controller/kube/fields.h"
#include "controller/kube/kinds.h"

namespace palpo::kube {

// What several kinds have.
Meta decode_meta(Fields metadata);
std::vector<LoadBalancerAddress> decode_addresses(Fields status);
ParentStatus decode_parent_status(Fields status);  // observedGeneration and conditions

}  // namespace palpo::kube
