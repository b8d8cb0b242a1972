// SPDX-License-Identifier: Apache-2.0
// The wildcard entry that would cover a host name: "a.example.com" -> "*.example.com", one label and no more.
// Pure, any thread, no allocation. It does not look anything up.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace palpo::routing {

constexpr std::size_t kMaxHostName = 255;

using WildcardBuffer = std::array<char, kMaxHostName + 1>;

// host: normalised. Empty: no wildcard can cover it. The answer lives in `buffer`.
inline std::string_view wildcard_of(std::string_view host, WildcardBuffer& buffer) {
  const std::size_t dot = host.find('.');
  if (dot == 0 || dot == std::string_view::npos || host.size() > kMaxHostName) return {};
  const std::string_view suffix = host.substr(dot);
  buffer[0] = '*';
  suffix.copy(buffer.data() + 1, suffix.size());
  return {buffer.data(), suffix.size() + 1};
}

}  // namespace palpo::routing
