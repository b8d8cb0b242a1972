// SPDX-License-Identifier: Apache-2.0
// core/v1 Namespace, as far as it is read. Plain data.
#pragma once
#include "controller/kube/meta.h"

namespace palpo::kube {

struct Namespace {
  Meta meta;
  bool terminating = false;  // everything in it is going away
};

}  // namespace palpo::kube
