// SPDX-License-Identifier: Apache-2.0
// YAML text to values: owner of yaml-cpp's events. Repeated keys, unknown tags, keys that are no texts and
// aliases into themselves are faults with a line. Pure, any thread.
#pragma once
#include <string_view>
#include <vector>

#include "controller/kube/value.h"

namespace palpo::files {

// The last one may be a fault without a root: where the syntax ends, and what follows could not be read.
std::vector<kube::Document> read_yaml(std::string_view text);

}  // namespace palpo::files
