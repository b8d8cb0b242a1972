// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/response_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace palpo::kube {
namespace {

constexpr std::string_view kStream = "one\n\ntwo\nthree and more\nunfinished";

TEST(ResponseReader, AnySplitOfTheBytesGivesTheSameLines) {
  for (std::size_t first = 0; first <= kStream.size(); ++first) {
    for (std::size_t second = first; second <= kStream.size(); ++second) {
      std::vector<std::string> lines;
      const LineSink sink = [&lines](std::string_view line) {
        lines.emplace_back(line);
        return true;
      };
      ResponseReader reader(&sink);
      reader.on_status(200);
      EXPECT_TRUE(reader.on_bytes(kStream.substr(0, first)));
      EXPECT_TRUE(reader.on_bytes(kStream.substr(first, second - first)));
      EXPECT_TRUE(reader.on_bytes(kStream.substr(second)));
      ASSERT_EQ(lines, (std::vector<std::string>{"one", "", "two", "three and more"}));
    }
  }
}

TEST(ResponseReader, BytesBeforeTheStatusWaitForIt) {
  std::vector<std::string> lines;
  const LineSink sink = [&lines](std::string_view line) {
    lines.emplace_back(line);
    return true;
  };
  ResponseReader good(&sink);
  good.on_bytes("a\nb");
  EXPECT_TRUE(lines.empty());
  good.on_status(200);
  good.on_bytes("\n");
  EXPECT_EQ(lines, (std::vector<std::string>{"a", "b"}));

  lines.clear();
  ResponseReader refused(&sink);
  refused.on_bytes("a\nb\n");
  refused.on_status(404);
  TransportResponse response;
  refused.finish(response);
  EXPECT_TRUE(lines.empty());
  EXPECT_EQ(response.body, "a\nb\n");
}

TEST(ResponseReader, StopsWhenTheSinkSaysSo) {
  int count = 0;
  const LineSink sink = [&count](std::string_view) { return ++count < 2; };
  ResponseReader reader(&sink);
  reader.on_status(200);
  EXPECT_FALSE(reader.on_bytes("1\n2\n3\n"));
  EXPECT_FALSE(reader.on_bytes("4\n"));
  EXPECT_EQ(count, 2);
  TransportResponse response;
  response.error = Error{ErrorKind::cancelled, "because we stopped"};
  reader.finish(response);
  EXPECT_FALSE(response.error);
}

TEST(ResponseReader, BoundsAreErrors) {
  const LineSink sink = [](std::string_view) { return true; };
  const std::string piece(kMaxLine / 2, 'x');
  ResponseReader reader(&sink);
  reader.on_status(200);
  EXPECT_TRUE(reader.on_bytes(piece));
  EXPECT_TRUE(reader.on_bytes(piece));
  EXPECT_FALSE(reader.on_bytes("x"));
  TransportResponse response;
  reader.finish(response);
  ASSERT_TRUE(response.error.has_value());
  EXPECT_EQ(response.error->kind, ErrorKind::limit);

  ResponseReader body(nullptr);
  body.on_status(200);
  for (std::size_t size = 0; size < kMaxBody; size += piece.size()) EXPECT_TRUE(body.on_bytes(piece));
  EXPECT_FALSE(body.on_bytes("x"));
}

TEST(ParseRetryAfter, SecondsOnly) {
  EXPECT_EQ(parse_retry_after("7").count(), 7);
  for (const auto* text : {"", "-1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999"})
    EXPECT_EQ(parse_retry_after(text).count(), 0) << text;
}

}  // namespace
}  // namespace palpo::kube
