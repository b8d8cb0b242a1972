// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace palpo {
namespace {

TEST(JsonText, Nesting) {
  struct Case {
    const char* text;
    int depth;
  };
  const Case cases[] = {
      {"", 0},
      {"1", 0},
      {"[]", 1},
      {R"({"a":{"b":[1,2,{}]}})", 4},
      {R"([[],[],[[]]])", 3},
      {R"("[[[[")", 0},
      {R"(["]]]]","[["])", 1},
      {R"(["a\"[[[",[]])", 2},
      {R"(["a\\",[]])", 2},
      {R"(["a\\\"[[[["])", 1},
      {R"({"[":"{"})", 1},
      {"]]]][", 1},
      {"\"[[[", 0},
      {"\"\\", 0},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(check_json_nesting(c.text, c.depth).ok()) << c.text;
    if (c.depth == 0) continue;
    const auto refused = check_json_nesting(c.text, c.depth - 1);
    ASSERT_FALSE(refused.ok()) << c.text;
    EXPECT_EQ(refused.error().kind, ErrorKind::limit);
  }
}

TEST(JsonText, DeepTextIsRefusedWithoutRecursion) {
  EXPECT_FALSE(check_json_nesting(std::string(10'000'000, '['), 64).ok());
  const auto refused = check_json_nesting(std::string(65, '['), 64);
  EXPECT_EQ(refused.error().message, "the JSON nests deeper than 64 levels");
}

}  // namespace
}  // namespace palpo
