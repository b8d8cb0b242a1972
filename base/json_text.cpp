// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <string>

namespace palpo {

Result<void> check_json_nesting(std::string_view text, int max_depth) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
      continue;
    }
    switch (c) {
      case '"':
        in_string = true;
        break;
      case '[':
      case '{':
        if (++depth > max_depth) {
          return Error{ErrorKind::limit,
                       "the JSON nests deeper than " + std::to_string(max_depth) + " levels"};
        }
        break;
      case ']':
      case '}':
        // A stray closing bracket must not buy depth for what follows it.
        if (depth > 0) --depth;
        break;
      default:
        break;
    }
  }
  return {};
}

}  // namespace palpo
