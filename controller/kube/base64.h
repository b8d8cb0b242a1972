// SPDX-License-Identifier: Apache-2.0
// Base64 as Kubernetes writes []byte: the standard alphabet with padding, line ends ignored. Decodes into
// memory the caller owns, so that a secret is never in a buffer nobody wipes. Pure, any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace palpo::kube {

std::optional<std::size_t> base64_decoded_size(std::string_view text);  // nullopt: not base64
// target holds base64_decoded_size(text) bytes.
void base64_decode(std::string_view text, char* target);

}  // namespace palpo::kube
