// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/head_writer.h"

#include <gtest/gtest.h>

#include "dataplane/message/head_parser.h"

namespace palpo::http {
namespace {

// What is written is what the parser finds in its text.
void expect_parsed(const ResponseHead& written) {
  ResponseHead parsed;
  ASSERT_FALSE(parse_response_head(written.text, parsed)) << written.text;
  EXPECT_EQ(written.status, parsed.status);
  EXPECT_EQ(written.status_text, parsed.status_text);
  EXPECT_EQ(written.http_11, parsed.http_11);
  EXPECT_EQ(written.keep_alive, parsed.keep_alive);
  EXPECT_EQ(written.fields_begin, parsed.fields_begin);
  EXPECT_EQ(written.any_cut, parsed.any_cut);
  EXPECT_EQ(written.has_server, parsed.has_server);
  ASSERT_EQ(written.count, parsed.count);
  for (std::size_t i = 0; i < parsed.count; ++i) {
    EXPECT_EQ(written.name(written.fields[i]), parsed.name(parsed.fields[i]));
    EXPECT_EQ(written.value(written.fields[i]), parsed.value(parsed.fields[i]));
    EXPECT_EQ(written.fields[i].end, parsed.fields[i].end);
    EXPECT_EQ(written.fields[i].kind, parsed.fields[i].kind);
    EXPECT_EQ(written.fields[i].cut, parsed.fields[i].cut);
  }
}

TEST(HeadWriterTest, WritesWhatTheParserFinds) {
  std::string text;
  ResponseHead head;
  HeadWriter writer(404, "Not Found", text, head);
  writer.field("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
  writer.content_length(12);
  writer.field("X-Empty", "");
  writer.finish();
  EXPECT_EQ(text,
            "HTTP/1.1 404 Not Found\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 12\r\n"
            "X-Empty: \r\n\r\n");
  EXPECT_EQ(head.body.kind, BodyKind::sized);
  EXPECT_EQ(head.body.size, 12U);
  expect_parsed(head);
}

TEST(HeadWriterTest, AnEmptyBodyAndNone) {
  for (const bool sized : {true, false}) {
    std::string text;
    ResponseHead head;
    HeadWriter writer(204, "No Content", text, head);
    if (sized) writer.content_length(0);
    writer.finish();
    EXPECT_EQ(head.body.kind, BodyKind::none);
    if (!sized) expect_parsed(head);
  }
}

}  // namespace
}  // namespace palpo::http
