// SPDX-License-Identifier: Apache-2.0
// Untrusted text made fit to be shown: valid UTF-8 for writers of other formats, and a form without control
// characters for lines that people read. Pure, any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace palpo {

// One step of a UTF-8 reader: a character, or the longest stretch that cannot begin one.
struct Utf8Step {
  std::size_t size = 0;  // at least 1
  std::uint32_t character = 0;
  bool valid = false;
};
Utf8Step utf8_step(std::string_view text);  // text must not be empty

// Ill-formed stretches become U+FFFD, as a browser does it.
std::string valid_utf8(std::string_view text);

// At most limit bytes, not ending inside a character.
std::string_view utf8_prefix(std::string_view text, std::size_t limit);

// C0 and C1 controls, DEL, line and paragraph separators, and what turns the direction of writing around.
bool is_unprintable(std::uint32_t character);

// \n \r \t, \xNN for bytes that are not UTF-8, \u{N} for other unprintable characters, \\ and \".
std::string escaped(std::string_view text);
std::string in_quotes(std::string_view text);  // escaped, between double quotes

}  // namespace palpo
