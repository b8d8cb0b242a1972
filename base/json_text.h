// SPDX-License-Identifier: Apache-2.0
// JSON as text: its strings and arrays are written by appending, indented for people, and its nesting is
// checked before any parser sees it. Bytes that are not UTF-8 become U+FFFD, so that what leaves is always
// valid JSON. Pure, any thread.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace palpo {

enum class JsonCharacters {
  canonical,  // escapes \" \\ \n \r \t, other control bytes as \u00xx; all else stands as it is
  printable,  // escapes what is_unprintable() (printable.h) as well: for lines that people read
};

// "text" with its quotes.
void append_json_string(std::string& out, std::string_view text,
                        JsonCharacters characters = JsonCharacters::canonical);

// [a,b,c]: write(item) appends one.
template <class Items, class Write>
void append_json_array(std::string& out, const Items& items, Write write) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    write(item);
  }
  out += ']';
}

// The same JSON, indented by two blanks, with a newline at its end. `json` must be valid.
std::string indent_json(std::string_view json);

// Error::limit when arrays and objects nest deeper than max_depth; brackets inside strings do not count. A
// parser, or its destructor, should not be asked to walk more. It does not validate.
Result<void> check_json_nesting(std::string_view text, int max_depth);

}  // namespace palpo
