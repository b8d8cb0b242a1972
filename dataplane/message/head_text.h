// SPDX-License-Identifier: Apache-2.0
// What the bytes of a head tell before they are parsed, or when they cannot be: where it ends, whether it can
// still become one, what was asked for. Pure, any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace palpo::http {

// Where the head ends (behind its empty line); 0: not yet. `searched` bytes were seen before.
std::size_t find_head_end(std::string_view bytes, std::size_t searched);

// Whether an unfinished head can still become valid: a line that ends in a bare LF never does.
// `searched` bytes were seen before.
bool has_bare_line_feed(std::string_view bytes, std::size_t searched);

// Some servers leave the blank out that belongs behind the status ("HTTP/1.1 200"). Empty: this head is not
// of that kind; else the head with the blank.
std::string with_complete_status_line(std::string_view text);

// The target that a head asks for, whatever else is wrong with it; for the form of an error, nothing more.
std::string_view target_of_bad_head(std::string_view bytes);

}  // namespace palpo::http
