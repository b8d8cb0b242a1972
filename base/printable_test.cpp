// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <gtest/gtest.h>

namespace palpo {
namespace {

#define FFFD "\xEF\xBF\xBD"

struct Case {
  std::string in;
  std::string out;
};

TEST(Printable, ValidUtf8) {
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x8C\xB4",
       "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x8C\xB4"},
      {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
      {"a\x80z", "a" FFFD "z"},
      {"\xFF\xFE", FFFD FFFD},
      {"\xC0\xAF", FFFD FFFD},                    // overlong
      {"\xE0\x80\xAF", FFFD FFFD FFFD},           // overlong
      {"\xED\xA0\x80", FFFD FFFD FFFD},           // a surrogate
      {"\xF4\x90\x80\x80", FFFD FFFD FFFD FFFD},  // past U+10FFFF
      {"\xF0\x9F\x8C", FFFD},                     // cut short: one mark for the stretch
      {"\xE2\x82", FFFD},
      {"\xE2\x82z", FFFD "z"},
      {"\xC3\xC3\xBC", FFFD "\xC3\xBC"},
      {std::string("a\0b", 3), std::string("a\0b", 3)},
  };
  for (const auto& c : cases) EXPECT_EQ(valid_utf8(c.in), c.out) << escaped(c.in);
}

TEST(Printable, EveryCodePointSurvives) {
  for (std::uint32_t c = 0x80; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 257) {
    std::string text;
    if (c < 0x800) {
      text = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      text = {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
              static_cast<char>(0x80 | (c & 63))};
    } else {
      text = {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
              static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    const auto step = utf8_step(text);
    ASSERT_EQ(step.valid, !surrogate) << std::hex << c;
    if (surrogate) continue;
    ASSERT_EQ(step.character, c);
    ASSERT_EQ(step.size, text.size());
  }
}

TEST(Printable, Prefix) {
  const std::string euro = "\xE2\x82\xAC";
  EXPECT_EQ(utf8_prefix("abc", 3), "abc");
  EXPECT_EQ(utf8_prefix("abcd", 3), "abc");
  EXPECT_EQ(utf8_prefix("a" + euro + "b", 2), "a");
  EXPECT_EQ(utf8_prefix("a" + euro + "b", 3), "a");
  EXPECT_EQ(utf8_prefix("a" + euro + "b", 4), "a" + euro);
  EXPECT_EQ(utf8_prefix("ab\xF0\x9F\x8C\xB4", 5), "ab");
  EXPECT_EQ(utf8_prefix(std::string(100, '\x80'), 50).size(), 50U);
  EXPECT_EQ(utf8_prefix("abc", 0), "");
}

TEST(Printable, Escaped) {
  const Case cases[] = {
      {"plain text", "plain text"},
      {"a\"b\\c", R"(a\"b\\c)"},
      {"a\nb\rc\td", R"(a\nb\rc\td)"},
      {"\x1B[31mred", R"(\u{1b}[31mred)"},
      {"\x7F", R"(\u{7f})"},
      {"\xC2\x9B", R"(\u{9b})"},        // CSI as one character
      {"\x9B", R"(\x9b)"},              // CSI as a byte
      {"\xE2\x80\xAE", R"(\u{202e})"},  // right-to-left override
      {"\xE2\x80\xA8", R"(\u{2028})"},  // line separator
      {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
      {std::string("\0", 1), R"(\u{0})"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(escaped(c.in), c.out);
    EXPECT_EQ(in_quotes(c.in), '"' + c.out + '"');
  }
}

}  // namespace
}  // namespace palpo
