// SPDX-License-Identifier: Apache-2.0
// JSON text to a value, of the API server's answers and of manifests alike. The JSON library stays in the
// .cpp. Pure, any thread.
#pragma once
#include <string_view>

#include "controller/kube/value.h"

namespace palpo::kube {

// The API server's answers wrap objects, and it has checked what is in them.
constexpr std::size_t kMaxAnswerDepth = 128;

enum class RepeatedKeys { last_wins, refused };

// Without a root and with a fault: it is not one JSON value, or nests too deep.
Document read_json(std::string_view text, std::size_t max_depth = kMaxAnswerDepth,
                   RepeatedKeys repeated = RepeatedKeys::last_wins);

}  // namespace palpo::kube
