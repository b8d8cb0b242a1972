// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include "base/printable.h"

namespace palpo {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

void append_escaped(std::string& out, std::uint32_t character) {
  constexpr std::string_view kShort = "\"\\\n\r\t";
  constexpr std::string_view kLetters = "\"\\nrt";
  out += '\\';
  const auto at = character < 0x80 ? kShort.find(static_cast<char>(character)) : std::string_view::npos;
  if (at != std::string_view::npos) {
    out += kLetters[at];
    return;
  }
  constexpr char kHex[] = "0123456789abcdef";
  out += 'u';
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(character >> shift) & 15];
}

bool needs_escape(std::uint32_t character, JsonCharacters characters) {
  if (character < 0x20 || character == '"' || character == '\\') return true;
  return characters == JsonCharacters::printable && is_unprintable(character);
}

// The end of the string that begins at json[begin] == '"', one past its closing quote.
std::size_t end_of_string(std::string_view json, std::size_t begin) {
  std::size_t i = begin + 1;
  while (i < json.size() && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
  return i + 1;
}

void new_line(std::string& out, std::size_t depth) {
  out += '\n';
  out.append(2 * depth, ' ');
}

}  // namespace

void append_json_string(std::string& out, std::string_view text, JsonCharacters characters) {
  out += '"';
  std::size_t plain = 0;  // [plain, i) is copied as it is
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const Utf8Step step = byte < 0x80 ? Utf8Step{1, byte, true} : utf8_step(text.substr(i));
    const bool escape = step.valid && needs_escape(step.character, characters);
    if (escape || !step.valid) {
      out.append(text, plain, i - plain);
      if (escape)
        append_escaped(out, step.character);
      else
        out += kReplacement;
      plain = i + step.size;
    }
    i += step.size;
  }
  out.append(text, plain);
  out += '"';
}

std::string indent_json(std::string_view json) {
  std::string out;
  out.reserve(json.size() * 2);
  std::size_t depth = 0;
  for (std::size_t i = 0; i < json.size();) {
    const char c = json[i];
    if (c == '"') {
      const auto end = end_of_string(json, i);
      out += json.substr(i, end - i);
      i = end;
      continue;
    }
    const bool opens = c == '{' || c == '[';
    if (opens && i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']')) {
      out += json.substr(i, 2);
      i += 2;
      continue;
    }
    if (c == '}' || c == ']') new_line(out, --depth);
    out += c;
    if (c == ':') out += ' ';
    if (opens) ++depth;
    if (opens || c == ',') new_line(out, depth);
    ++i;
  }
  out += '\n';
  return out;
}

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
