// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/json_writer.h"

#include "base/printable.h"

namespace palpo::api {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

void append_escaped(std::string& out, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
  }
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

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // [plain, i) is copied as it is
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool escape = byte < 0x20 || byte == '"' || byte == '\\';
    const Utf8Step step = byte < 0x80 ? Utf8Step{1, byte, true} : utf8_step(text.substr(i));
    if (escape || !step.valid) {
      out.append(text, plain, i - plain);
      if (escape)
        append_escaped(out, byte);
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

}  // namespace palpo::api
