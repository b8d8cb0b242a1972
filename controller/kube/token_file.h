// SPDX-License-Identifier: Apache-2.0
// A bearer token in a file that is rotated under us (kubelet renews it hourly): read again after a short
// while, and at once when the last one was refused; a read that fails keeps the last token. Thread-safe.
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "controller/kube/transport.h"

namespace palpo::kube {

inline constexpr std::chrono::seconds kTokenCache{10};

// The first read decides whether there is a token at all.
Result<TokenSource> follow_token_file(
    const std::string& path, std::function<Clock::time_point()> now = [] { return Clock::now(); });

// Without line ends; characters that cannot be in a header are an error that does not quote them.
Result<std::string> clean_token(std::string_view text);

}  // namespace palpo::kube
