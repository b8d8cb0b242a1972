// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/head_text.h"

#include <gtest/gtest.h>

#include <string>

namespace palpo::http {
namespace {

TEST(HeadText, FindsTheEndHoweverTheBytesCome) {
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n\r\nbody\r\n\r\n";
  const std::size_t end = text.find("body");
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const std::size_t early = find_head_end(std::string_view(text).substr(0, cut), 0);
    EXPECT_EQ(early, cut >= end ? end : 0) << cut;
    if (cut < end) {
      EXPECT_EQ(find_head_end(text, cut), end) << cut;
    }
  }
}

TEST(HeadText, BareLineFeeds) {
  EXPECT_TRUE(has_bare_line_feed("GET / HTTP/1.1\nHost", 0));
  EXPECT_TRUE(has_bare_line_feed("\nGET", 0));
  EXPECT_TRUE(has_bare_line_feed("a\r\n\nb", 0));
  EXPECT_FALSE(has_bare_line_feed("GET / HTTP/1.1\r\nHost: x\r", 0));
}

// However the bytes come: what was seen is not looked at again, and what it ended with still counts.
TEST(HeadText, BareLineFeedsBehindWhatWasSeen) {
  for (const std::string text : {"a\r\nb\n", "a\r\nb\r\nc"}) {
    bool found = false;
    for (std::size_t seen = 0; seen < text.size(); ++seen)
      found = found || has_bare_line_feed(std::string_view(text).substr(0, seen + 1), seen);
    EXPECT_EQ(found, has_bare_line_feed(text, 0)) << text;
  }
}

TEST(HeadText, AStatusLineWithoutItsLastBlank) {
  EXPECT_EQ(with_complete_status_line("HTTP/1.1 200\r\nA: 1\r\n\r\n"), "HTTP/1.1 200 \r\nA: 1\r\n\r\n");
  EXPECT_EQ(with_complete_status_line("HTTP/1.0 404\r\n\r\n"), "HTTP/1.0 404 \r\n\r\n");
  for (const std::string other :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "HTTP/2.0 200\r\n\r\n",
        "http/1.1 200\r\n\r\n", "HTTP/1.1 200\n\r\n\r\n", "HTTP/1.1 200", "", "GET / HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(with_complete_status_line(other), "") << other;
  }
}

TEST(HeadText, TheTargetOfABadHead) {
  EXPECT_EQ(target_of_bad_head("GET /_matrix/x?a HTTP/9\r\n"), "/_matrix/x?a");
  EXPECT_EQ(target_of_bad_head("\r\n\r\nGET /a"), "/a");
  EXPECT_EQ(target_of_bad_head("GET https://h.test/_matrix HTTP/1.1\r\n"), "/_matrix");
  EXPECT_EQ(target_of_bad_head("GET https://h.test\r\n"), "");
  for (const std::string none : {"", "\r", "GET", "GET\r\n/a b", "\x16\x03 x", " "}) {
    EXPECT_EQ(target_of_bad_head(none), "") << none;
  }
}

}  // namespace
}  // namespace palpo::http
