// SPDX-License-Identifier: Apache-2.0
#include "base/ascii.h"

#include <gtest/gtest.h>

namespace palpo {
namespace {

TEST(Ascii, OnlyItsOwnLettersHaveACase) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool upper = byte >= 'A' && byte <= 'Z';
    EXPECT_EQ(ascii_lower(c), upper ? static_cast<char>(byte + 32) : c) << byte;
    EXPECT_EQ(is_ascii_letter(c), upper || (byte >= 'a' && byte <= 'z')) << byte;
  }
  EXPECT_EQ(ascii_lowered("HOST.Example-1_\xC3\x84"), "host.example-1_\xC3\x84");
}

TEST(Ascii, NamesCompareWithoutCase) {
  EXPECT_TRUE(equal_ignoring_case("Content-Length", "content-LENGTH"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("[", "{")) << "they differ in one bit, as letters do";
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
}

}  // namespace
}  // namespace palpo
