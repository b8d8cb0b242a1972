// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace palpo {
namespace {

TEST(Error, ContextGoesFirstAndKeepsTheKind) {
  const auto error = Error{ErrorKind::limit, "too long"}.within("line 3").within("file.yaml");
  EXPECT_EQ(error.message, "file.yaml: line 3: too long");
  EXPECT_EQ(error.kind, ErrorKind::limit);
}

TEST(Result, HoldsOneOfTwo) {
  const Result<int> good(3);
  const Result<int> bad(invalid("no"));
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, 3);
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "no");
  EXPECT_TRUE(Result<void>());
  EXPECT_FALSE(Result<void>(invalid("no")));
}

TEST(ResultDeathTest, TheWrongSideIsABrokenInvariant) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(Result<int>(invalid("no")).value()), "broken invariant");
  EXPECT_DEATH(static_cast<void>(Result<int>(3).error()), "broken invariant");
}

}  // namespace
}  // namespace palpo
