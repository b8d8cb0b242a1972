// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/check.h"

namespace palpo {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Lead {
  std::size_t size;  // of the whole character; 0: cannot lead
  unsigned char low,
      high;            // bounds of the second byte: no overlong forms, no surrogates, nothing past 10FFFF
  std::uint32_t bits;  // the lead byte's share
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0, byte};
  if (byte >= 0xC2 && byte <= 0xDF) return {2, 0x80, 0xBF, byte & 0x1FU};
  if (byte == 0xE0) return {3, 0xA0, 0xBF, 0};
  if (byte == 0xED) return {3, 0x80, 0x9F, 0xD};
  if (byte >= 0xE1 && byte <= 0xEF) return {3, 0x80, 0xBF, byte & 0xFU};
  if (byte == 0xF0) return {4, 0x90, 0xBF, 0};
  if (byte >= 0xF1 && byte <= 0xF3) return {4, 0x80, 0xBF, byte & 0x7U};
  if (byte == 0xF4) return {4, 0x80, 0x8F, 4};
  return {0, 0, 0, 0};
}

template <class Number>
void append_formatted(std::string& out, const char* format, Number number) {
  std::array<char, 24> text{};
  const int size = std::snprintf(text.data(), text.size(), format, number);
  out.append(text.data(), static_cast<std::size_t>(size));
}

void append_escaped(std::string& out, std::string_view piece, const Utf8Step& step) {
  if (!step.valid) {
    for (const char c : piece)
      append_formatted(out, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    return;
  }
  switch (step.character) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  if (is_unprintable(step.character))
    append_formatted(out, "\\u{%x}", static_cast<unsigned>(step.character));
  else
    out += piece;
}

}  // namespace

Utf8Step utf8_step(std::string_view text) {
  PALPO_CHECK(!text.empty());
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  if (lead.size == 0) return {1, 0, false};
  std::uint32_t character = lead.bits;
  for (std::size_t i = 1; i < lead.size; ++i) {
    if (i == text.size()) return {i, 0, false};
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool fits = i == 1 ? byte >= lead.low && byte <= lead.high : (byte & 0xC0) == 0x80;
    if (!fits) return {i, 0, false};
    character = character << 6 | (byte & 0x3FU);
  }
  return {lead.size, character, true};
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto step = utf8_step(text);
    out += step.valid ? text.substr(0, step.size) : kReplacement;
    text.remove_prefix(step.size);
  }
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const auto begins_character = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
  };
  std::size_t end = limit;
  while (end > 0 && limit - end < 3 && !begins_character(end)) --end;
  // Four continuation bytes in a row are no character's inside: cut where asked.
  return text.substr(0, begins_character(end) ? end : limit);
}

bool is_unprintable(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x061C || c == 0xFEFF;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto step = utf8_step(text);
    append_escaped(out, text.substr(0, step.size), step);
    text.remove_prefix(step.size);
  }
  return out;
}

std::string in_quotes(std::string_view text) { return '"' + escaped(text) + '"'; }

}  // namespace palpo
