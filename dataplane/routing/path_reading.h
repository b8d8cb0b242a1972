// SPDX-License-Identifier: Apache-2.0
// How servers that are lenient with paths would read one: dot segments resolved ("..", "%2e.", "..;x"), empty
// segments dropped, "%2F" and backslashes taken for slashes. Used to see that a target which is forwarded as
// it came stays within its route for all of them. Pure, any thread.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace palpo::routing {

// One way to read a path.
struct Reading {
  enum class Escapes : std::uint8_t { kept, decoded_but_slashes, decoded };
  Escapes escapes = Escapes::kept;  // dots are recognised in any case
  bool backslash_separates = false;
  bool empty_segments_dropped = false;
};

inline constexpr std::array<Reading, 12> kReadings = [] {
  std::array<Reading, 12> all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = {static_cast<Reading::Escapes>(i / 4), (i & 1) != 0, (i & 2) != 0};
  return all;
}();

// path: of a request target, without its query.
// Whether it has dot or empty segments in some reading.
bool has_detours(std::string_view path);
// What the path is by this reading; ".." at the root stays there. Linear.
std::string read_path(std::string_view path, const Reading& reading);

}  // namespace palpo::routing
