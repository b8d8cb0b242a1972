// SPDX-License-Identifier: Apache-2.0
// The text form of a label selector, as the API server reads it (k8s.io/apimachinery/pkg/labels). Pure, any
// thread.
#pragma once
#include <string_view>

#include "base/result.h"

namespace palpo::kube {

// An error says which requirement is at fault and what to write. Empty text is one.
Result<void> check_label_selector(std::string_view text);

}  // namespace palpo::kube
