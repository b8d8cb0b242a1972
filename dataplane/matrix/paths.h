// SPDX-License-Identifier: Apache-2.0
// The paths that Matrix clients and servers ask for: there an error is a JSON object that any website may
// read. Pure, any thread.
#pragma once
#include <string_view>

namespace palpo::matrix {

// target: the raw request target. Whole path elements: "/_matrix" and what is below it, not "/_matrixx".
inline bool is_matrix_path(std::string_view target) {
  constexpr std::string_view kRoots[] = {"/_matrix", "/.well-known/matrix", "/_synapse", "/_palpo",
                                         "/_dendrite"};
  for (const std::string_view root : kRoots) {
    if (!target.starts_with(root)) continue;
    if (target.size() == root.size() || target[root.size()] == '/' || target[root.size()] == '?') return true;
  }
  return false;
}

}  // namespace palpo::matrix
