// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/forward_headers.h"

#include <gtest/gtest.h>

#include <string>

#include "dataplane/message/head_parser.h"

namespace palpo::http {
namespace {

const ClientInfo kClient{
    api::Listener::federation, "192.0.2.7",
    "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 8448\r\n"};

std::string forwarded(const std::string& text, const ClientInfo& client = kClient) {
  RequestHead head;
  const HeadFault fault = parse_request_head(text, head);
  EXPECT_FALSE(fault) << fault.reason;
  RequestIds ids;
  RequestId id;
  ids.next(id);
  RequestTail tail;
  compose_request_tail(head, client, id, tail);
  net::Gather gathered;
  gather_request(head, tail, gathered);
  std::string out;
  gathered.append_to(out);
  const std::size_t at = out.find(id.text());
  EXPECT_NE(at, std::string::npos);
  return out.replace(at, 32, "ID");
}

const std::string kAdded =
    "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 8448\r\n";

TEST(ForwardHeaders, TheOriginalBytesAndOurLines) {
  EXPECT_EQ(forwarded("PUT /%2f//x?%zz HTTP/1.1\r\nhOsT:h.test:443\r\nAuthorization: X-Matrix a\r\n"
                      "authorization:\tX-Matrix b  \r\nContent-Length: 3\r\n\r\n"),
            "PUT /%2f//x?%zz HTTP/1.1\r\nhOsT:h.test:443\r\nAuthorization: X-Matrix a\r\n"
            "authorization:\tX-Matrix b  \r\nContent-Length: 3\r\n" +
                kAdded + "X-Forwarded-Host: h.test:443\r\nX-Request-Id: ID\r\n\r\n");
}

TEST(ForwardHeaders, CutLinesAreLeftOutWhereverTheyStand) {
  EXPECT_EQ(
      forwarded(
          "GET / HTTP/1.1\r\nX-Real-IP: 1\r\nX-Forwarded-For: 6.6.6.6\r\nHost: h.test\r\nTE: x\r\nA: 1\r\n"
          "B: 2\r\nConnection: b\r\n\r\n"),
      "GET / HTTP/1.1\r\nHost: h.test\r\nA: 1\r\n" + kAdded +
          "X-Forwarded-Host: h.test\r\nX-Request-Id: ID\r\n\r\n");
}

TEST(ForwardHeaders, OldAndAbsoluteRequestsGetARequestLineOfTheirOwn) {
  const std::string end = "X-Request-Id: ID\r\n\r\n";
  EXPECT_EQ(forwarded("GET /a HTTP/1.0\r\nHost: h.test\r\n\r\n"),
            "GET /a HTTP/1.1\r\nHost: h.test\r\n" + kAdded + "X-Forwarded-Host: h.test\r\n" + end);
  EXPECT_EQ(forwarded("GET http://o.test/a?b HTTP/1.1\r\nA: 1\r\nHost: h.test\r\n\r\n"),
            "GET /a?b HTTP/1.1\r\nA: 1\r\nHost: o.test\r\n" + kAdded + "X-Forwarded-Host: o.test\r\n" + end);
  EXPECT_EQ(forwarded("GET http://o.test?b HTTP/1.1\r\nHost: h.test\r\n\r\n"),
            "GET /?b HTTP/1.1\r\nHost: o.test\r\n" + kAdded + "X-Forwarded-Host: o.test\r\n" + end);
}

TEST(ForwardHeaders, BodiesAndUpgradesAreFramedAnew) {
  const std::string host = "X-Forwarded-Host: h.test\r\nX-Request-Id: ID\r\n\r\n";
  EXPECT_EQ(forwarded("POST / HTTP/1.1\r\ntransfer-encoding:Chunked\r\nHost: h.test\r\n\r\n"),
            "POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n" + kAdded + host);
  EXPECT_EQ(forwarded("GET / HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      "Sec-WebSocket-Key: k\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: h.test\r\nSec-WebSocket-Key: k\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\n" +
                kAdded + host);
}

TEST(ForwardHeaders, ManyCutLinesFitTheGatherList) {
  std::string fields;
  for (std::size_t i = 0; i < kMaxFields / 2 - 1; ++i) fields += "A: 1\r\nTE: x\r\n";
  const std::string out = forwarded("GET / HTTP/1.0\r\nHost: h\r\n" + fields + "\r\n");
  EXPECT_EQ(out.find("TE:"), std::string::npos);
}

TEST(ForwardHeaders, ResponsesKeepTheirBytes) {
  const std::string text =
      "HTTP/1.1 299 Very  odd\r\nConnection: x\r\nX-Request-Id: theirs\r\nX: 1\r\nSet-Cookie: a\r\n\r\n";
  ResponseHead head;
  ASSERT_FALSE(parse_response_head(text, head));
  net::Gather gathered;
  gather_response(head, "T: 1\r\n\r\n", gathered);
  std::string out;
  gathered.append_to(out);
  EXPECT_EQ(out, "HTTP/1.1 299 Very  odd\r\nX-Request-Id: theirs\r\nSet-Cookie: a\r\nT: 1\r\n\r\n");
}

TEST(ForwardHeaders, WhatHasNoBodyIsNotFramed) {
  for (const std::string status : {"100 Continue", "103 Early Hints", "204 No Content"}) {
    const std::string text =
        "HTTP/1.1 " + status +
        "\r\nLink: </a>\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\nConnection: x\r\n"
        "X: 1\r\n\r\n";
    ResponseHead head;
    ASSERT_FALSE(parse_response_head(text, head));
    net::Gather gathered;
    gather_response(head, "\r\n", gathered);
    std::string out;
    gathered.append_to(out);
    EXPECT_EQ(out, "HTTP/1.1 " + status + "\r\nLink: </a>\r\n\r\n");
  }
  const std::string text = "HTTP/1.1 103 x\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n";
  ResponseHead head;
  ASSERT_FALSE(parse_response_head(text, head));
  net::Gather gathered;
  gather_response(head, "\r\n", gathered);
  std::string out;
  gathered.append_to(out);
  EXPECT_EQ(out, "HTTP/1.1 103 x\r\nA: b\r\n\r\n");
}

TEST(ForwardHeaders, AnOldServersResponseSpeaksOurVersion) {
  const std::string text = "HTTP/1.0 200 OK\r\nX: 1\r\n\r\n";
  ResponseHead head;
  ASSERT_FALSE(parse_response_head(text, head));
  net::Gather gathered;
  gather_response(head, "\r\n", gathered);
  std::string out;
  gathered.append_to(out);
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nX: 1\r\n\r\n");
}

TEST(RequestIds, AreHexadecimalAndDiffer) {
  RequestIds ids;
  RequestId a;
  RequestId b;
  ids.next(a);
  ids.next(b);
  EXPECT_NE(a.text(), b.text());
  EXPECT_EQ(a.text().find_first_not_of("0123456789abcdef"), std::string_view::npos);
  EXPECT_EQ(a.text().size(), 32U);
}

}  // namespace
}  // namespace palpo::http
