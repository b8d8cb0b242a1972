// SPDX-License-Identifier: Apache-2.0
// YAML text to trees: owner of yaml-cpp's events. Repeated keys, unknown tags, keys that are no texts and
// aliases into themselves are faults with a line. Pure, any thread.
#pragma once
#include <string_view>

#include "controller/files/tree.h"

namespace palpo::files {

Documents read_yaml(std::string_view text);

}  // namespace palpo::files
