// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/token_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace palpo::kube {
namespace {

struct TokenFileTest : testing::Test {
  std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("palpo-token-" + std::to_string(getpid()));
  Clock::time_point now{};

  void TearDown() override { std::filesystem::remove(file); }
  void write(const std::string& text) { std::ofstream(file) << text; }
  auto follow() {
    return follow_token_file(file.string(), [this] { return now; });
  }
};

TEST_F(TokenFileTest, RotatedTokenIsReadAfterTheCache) {
  write("one\n");
  const auto token = follow();
  ASSERT_TRUE(token.ok()) << token.error().message;
  write("two");
  EXPECT_EQ((*token)(TokenWish::current), "one");
  now += kTokenCache;
  EXPECT_EQ((*token)(TokenWish::current), "two");
}

TEST_F(TokenFileTest, RefusedTokenIsReadAtOnce) {
  write("one");
  const auto token = follow();
  write("two");
  EXPECT_EQ((*token)(TokenWish::renewed), "two");
  EXPECT_EQ((*token)(TokenWish::current), "two");
}

TEST_F(TokenFileTest, FileCaughtWhileItIsWrittenIsReadAgainWithTheNextRequest) {
  write("one");
  const auto token = follow();
  write("");
  now += kTokenCache;
  EXPECT_EQ((*token)(TokenWish::current), "one");
  write("two");
  EXPECT_EQ((*token)(TokenWish::current), "two");
}

TEST_F(TokenFileTest, FailedReadKeepsTheLastToken) {
  write("one");
  const auto token = follow();
  for (const auto* text : {"", "one\r\nX: y"}) {
    write(text);
    now += kTokenCache;
    EXPECT_EQ((*token)(TokenWish::current), "one");
  }
  std::filesystem::remove(file);
  now += kTokenCache;
  EXPECT_EQ((*token)(TokenWish::current), "one");
}

TEST_F(TokenFileTest, NoTokenAtFirstIsAnError) {
  EXPECT_EQ(follow().error().kind, ErrorKind::not_found);
  write(" \n");
  EXPECT_NE(follow().error().message.find("the token is empty"), std::string::npos);
}

TEST(CleanToken, RefusesWhatWouldBreakTheHeader) {
  EXPECT_EQ(*clean_token(" a.b-c \r\n"), "a.b-c");
  for (const auto* text : {"", "\n", "a\r\nX: y", "a b", "t\xc3\xa9"})
    EXPECT_FALSE(clean_token(text).ok()) << text;
}

}  // namespace
}  // namespace palpo::kube
