// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/trace_context.h"

#include <gtest/gtest.h>

#include <string>

#include "dataplane/message/head_parser.h"

namespace palpo::http {
namespace {

const std::string kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, WhatIsWellFormed) {
  for (const std::string& value :
       {kGood, "cc" + kGood.substr(2), "01" + kGood.substr(2) + "-what-comes-later",
        "01" + kGood.substr(2) + "-", kGood.substr(0, 53) + "ff"})
    EXPECT_TRUE(is_traceparent(value)) << value;
}

TEST(TraceContext, WhatIsNot) {
  const std::string cases[] = {
      "",
      "00",
      kGood.substr(0, 54),
      kGood + "0",
      kGood + "-more",                  // version 00 ends there
      "01" + kGood.substr(2) + "more",  // later ones go on behind a dash
      "ff" + kGood.substr(2),
      "0g" + kGood.substr(2),
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",  // capital letters
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473\"-00f067aa0ba902b7-01",
      "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
      std::string(55, '-'),
      std::string(10'000, 'a'),
  };
  for (const auto& value : cases) EXPECT_FALSE(is_traceparent(value)) << value;
}

std::string logged(const std::string& fields) {
  const std::string text = "GET / HTTP/1.1\r\nHost: h.test\r\n" + fields + "\r\n";
  RequestHead head;
  EXPECT_FALSE(parse_request_head(text, head));
  return std::string(traceparent_of(head));
}

TEST(TraceContext, OfAHead) {
  EXPECT_EQ(logged("traceparent: " + kGood + "\r\n"), kGood);
  EXPECT_EQ(logged("TraceParent:" + kGood + " \r\n"), kGood);
  EXPECT_EQ(logged("traceparent: 01" + kGood.substr(2) + "-more\r\n"), "01" + kGood.substr(2));
  EXPECT_EQ(logged(""), "");
  EXPECT_EQ(logged("tracestate: a=b\r\n"), "");
  EXPECT_EQ(logged("traceparent: \"injected\"\r\n"), "");
  EXPECT_EQ(logged("traceparent: " + kGood + "\r\ntraceparent: " + kGood + "\r\n"), "") << "whose is it?";
  EXPECT_EQ(logged("traceparent: \r\ntraceparent: " + kGood + "\r\n"), "") << "whose is it?";
}

}  // namespace
}  // namespace palpo::http
