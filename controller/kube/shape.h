// SPDX-License-Identifier: Apache-2.0
// The strict reading of manifests: which fields the Kubernetes API knows for each kind, and of what type.
// What the controller does not read is listed too, so that a valid manifest is never refused. Pure, any
// thread.
#pragma once
#include "controller/kube/fields.h"
#include "controller/kube/kinds.h"

namespace palpo::kube {

// Sets the fault for the first unknown field or wrong type, in document order of sorted names.
void check_shape(Kind kind, JsonView object, Fault& fault);

}  // namespace palpo::kube
