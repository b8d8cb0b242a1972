// SPDX-License-Identifier: Apache-2.0
// Canonical JSON is written by appending: these are its leaves. Bytes that are not UTF-8 become U+FFFD, so
// that what leaves is always valid JSON. Pure, any thread.
#pragma once
#include <string>
#include <string_view>

namespace palpo::api {

// "text" with its quotes: escapes \" \\ \n \r \t, other control bytes as \u00xx, all else as it is.
void append_json_string(std::string& out, std::string_view text);

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

}  // namespace palpo::api
