// SPDX-License-Identifier: Apache-2.0
// JSON text to a tree, with the same strictness and the same faults as YAML: repeated keys, depth, lines.
// Pure, any thread.
#pragma once
#include <string_view>

#include "controller/files/tree.h"

namespace palpo::files {

Documents read_json(std::string_view text);

}  // namespace palpo::files
