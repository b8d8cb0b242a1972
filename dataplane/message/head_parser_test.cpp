// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/head_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include <string>
#include <vector>

#include "dataplane/message/field_kind.h"

namespace palpo::http {
namespace {

using namespace std::string_literals;

HeadFault parse(const std::string& text, RequestHead& head) { return parse_request_head(text, head); }

std::string get(const std::string& fields, const std::string& target = "/_matrix/x") {
  return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n";
}

struct Refused {
  const char* what;
  std::string text;
  int status = 400;
};

// What two servers could read differently, or a homeserver better not see. The first group are the cases that
// the parser underneath accepts (all releases from 1.74 to 1.88).
const std::vector<Refused>& refused() {
  static const std::string host = "Host: h.test\r\n";
  static const std::string chunked = "Transfer-Encoding: chunked\r\n";
  static const std::vector<Refused> list{
      {"TE gzip", get(host + "Transfer-Encoding: gzip\r\n")},
      {"TE chunked, gzip", get(host + "Transfer-Encoding: chunked, gzip\r\n")},
      {"TE gzip, chunked", get(host + "Transfer-Encoding: gzip, chunked\r\n")},
      {"TE xchunked with CL", get(host + "Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n")},
      {"TE identity with CL", get(host + "Transfer-Encoding: identity\r\nContent-Length: 3\r\n")},
      {"TE identity", get(host + "Transfer-Encoding: identity\r\n")},
      {"TE with a parameter", get(host + "Transfer-Encoding: chunked;x=1\r\n")},
      {"TE twice", get(host + chunked + chunked)},
      {"TE empty", get(host + "Transfer-Encoding:\r\n")},
      {"TE on HTTP/1.0", "POST / HTTP/1.0\r\n" + host + chunked + "\r\n"},
      {"CL list", get(host + "Content-Length: 3, 3\r\n")},
      {"CL twice, equal", get(host + "Content-Length: 3\r\nContent-Length: 3\r\n")},
      {"folded value", get(host + "X-A: one\r\n two\r\n")},
      {"folded value, tab", get(host + "X-A: one\r\n\ttwo\r\n")},
      {"folded, first line empty", get(host + "X-A:\r\n two\r\n")},
      {"folded, nothing follows", get(host + "X-A: one\r\n \r\n")},
      {"folded in the middle", get("X-A: one\r\n two\r\n" + host)},
      {"no Host", get("X-A: 1\r\n")},
      {"two Hosts", get(host + "Host: other.test\r\n")},
      {"two equal Hosts", get(host + host)},
      {"empty Host", get("Host:\r\n")},
      {"Host with a list", get("Host: a.test, b.test\r\n")},
      {"Host with user", get("Host: me@h.test\r\n")},
      {"Host with a path", get("Host: h.test/x\r\n")},
      {"Host with a space", get("Host: h.test x\r\n")},
      {"Host with an odd port", get("Host: h.test:80x\r\n")},
      {"Host with an empty port", get("Host: h.test:\r\n")},
      {"Host: unclosed IPv6", get("Host: [::1\r\n")},
      {"fragment in the target", get(host, "/a#b")},
      // The second group: refused by the parser too.
      {"TE before CL", get(host + chunked + "Content-Length: 3\r\n")},
      {"CL before TE", get(host + "Content-Length: 3\r\n" + chunked)},
      {"CL with a sign", get(host + "Content-Length: +3\r\n")},
      {"CL hexadecimal", get(host + "Content-Length: 0x3\r\n")},
      {"CL negative", get(host + "Content-Length: -1\r\n")},
      {"CL beyond 2^64", get(host + "Content-Length: 18446744073709551619\r\n")},
      {"CL differing", get(host + "Content-Length: 3\r\nContent-Length: 4\r\n")},
      {"CL empty", get(host + "Content-Length:\r\n")},
      {"space before the colon", get(host + "Content-Length : 3\r\n")},
      {"space before a name", get(host + "X-A: 1\r\n X-B: 2\r\n")},
      {"bare LF", "GET / HTTP/1.1\nHost: h.test\r\n\r\n"},
      {"bare CR in a value", get(host + "X-A: a\rb\r\n")},
      {"NUL in a value", get(host + "X-A: a\0b\r\n"s)},
      {"NUL in the target", get(host, "/a\0b"s)},
      {"DEL in a value", get(host + "X-A: a\x7F\r\n")},
      {"control byte in a value", get(host + "X-A: a\x01\r\n")},
      {"control byte in the target", get(host, "/a\x1F")},
      {"space in the target", get(host, "/a b")},
      {"tab in the request line", "GET\t/ HTTP/1.1\r\n" + host + "\r\n"},
      {"empty name", get(host + ": 1\r\n")},
      {"name with a separator", get(host + "X(A: 1\r\n")},
      {"8-bit name", get(host + "X\xE4: 1\r\n")},
      {"HTTP/2.0", "GET / HTTP/2.0\r\n" + host + "\r\n"},
      {"HTTP/1.2", "GET / HTTP/1.2\r\n" + host + "\r\n"},
      {"HTTP/0.9", "GET /\r\n\r\n"},
      {"lower-case protocol", "GET / http/1.1\r\n" + host + "\r\n"},
      {"no target", "GET  HTTP/1.1\r\n" + host + "\r\n"},
      // Targets.
      {"relative target", get(host, "a")},
      {"* with GET", get(host, "*")},
      {"absolute-form, unknown scheme", get(host, "ftp://h.test/")},
      {"absolute-form, user", get(host, "http://me@h.test/")},
      {"absolute-form, no authority", get(host, "http:///x")},
      {"CONNECT", "CONNECT h.test:443 HTTP/1.1\r\n" + host + "\r\n", 405},
      {"TRACE", "TRACE / HTTP/1.1\r\n" + host + "\r\n", 405},
  };
  return list;
}

TEST(HeadParser, RefusesWhatCouldBeReadInTwoWays) {
  for (const Refused& each : refused()) {
    RequestHead head;
    EXPECT_EQ(parse(each.text, head).status, each.status) << each.what;
  }
}

TEST(HeadParser, RefusesTooManyAndTooLarge) {
  std::string many = "Host: h.test\r\n";
  for (std::size_t i = 1; i < kMaxFields; ++i) many += "X: 1\r\n";
  RequestHead head;
  EXPECT_EQ(parse(get(many), head).status, 0);
  EXPECT_EQ(head.count, kMaxFields);
  EXPECT_EQ(parse(get(many + "X: 1\r\n"), head).status, 431);
  const std::string host = "Host: h.test\r\nX: ";
  const std::string frame = get(host + "\r\n");
  EXPECT_EQ(parse(get(host + std::string(kMaxHeadSize - frame.size(), 'a') + "\r\n"), head).status, 0);
  EXPECT_EQ(parse(get(host + std::string(kMaxHeadSize - frame.size() + 1, 'a') + "\r\n"), head).status, 431);
}

TEST(HeadParser, TargetsStayAsTheyAre) {
  const std::string targets[] = {"/x/%2F%2f%23%7E",
                                 "//_matrix/x",
                                 "/x//y",
                                 "/x/./y/../z/%2e%2e",
                                 "/x?",
                                 "/x?a=%2F&a=b&&c;d=+~",
                                 "/x/!$'()*,;=@:-._",
                                 "/x/%zz",
                                 "/x/%00",
                                 "/x/%ff",
                                 "/x/\xC3\xA4",
                                 "/x/\xFF",
                                 "/x/\"<>^{}|`\\",
                                 "/x?q=a?b/c",
                                 "/"};
  for (const std::string& target : targets) {
    RequestHead head;
    const std::string text = get("Host: h.test\r\n", target);
    ASSERT_FALSE(parse(text, head)) << target;
    EXPECT_EQ(head.target, target);
    EXPECT_FALSE(head.absolute_form);
    EXPECT_FALSE(head.any_cut);
  }
}

TEST(HeadParser, AbsoluteFormNamesHostAndTarget) {
  struct Case {
    std::string method, target, authority, rest;
  };
  const Case cases[] = {{"GET", "http://o.test/a%21?b", "o.test", "/a%21?b"},
                        {"GET", "HTTPS://o.test:8448/a", "o.test:8448", "/a"},
                        {"GET", "http://o.test?x", "o.test", "?x"},
                        {"GET", "http://o.test", "o.test", ""},
                        {"OPTIONS", "http://o.test", "o.test", "*"},
                        {"GET", "http://[::1]:80/a", "[::1]:80", "/a"}};
  for (const Case& each : cases) {
    RequestHead head;
    const std::string text = each.method + " " + each.target + " HTTP/1.1\r\nHost: h.test\r\n\r\n";
    ASSERT_FALSE(parse(text, head)) << each.target;
    EXPECT_TRUE(head.absolute_form);
    EXPECT_EQ(head.authority, each.authority);
    EXPECT_EQ(head.target, each.rest);
  }
}

TEST(HeadParser, BodiesAndConnections) {
  RequestHead head;
  std::string text = get("Host: h.test\r\ntransfer-ENCODING: Chunked\r\n");
  ASSERT_FALSE(parse(text, head));
  EXPECT_EQ(head.body.kind, BodyKind::chunked);
  EXPECT_TRUE(head.keep_alive);

  RequestHead sized;
  text = "POST / HTTP/1.0\r\nHost: h.test:80\r\nContent-Length: 007\r\nConnection: Keep-Alive\r\n\r\n";
  ASSERT_FALSE(parse(text, sized));
  EXPECT_EQ(sized.body.kind, BodyKind::sized);
  EXPECT_EQ(sized.body.size, 7U);
  EXPECT_TRUE(sized.keep_alive);
  EXPECT_FALSE(sized.http_11);

  RequestHead closing;
  text = get("Host: h.test\r\nContent-Length: 0\r\nConnection: x, CLOSE\r\n");
  ASSERT_FALSE(parse(text, closing));
  EXPECT_EQ(closing.body.kind, BodyKind::none);
  EXPECT_FALSE(closing.keep_alive);
}

std::vector<std::string> cut_names(const Head& head) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < head.count; ++i) {
    if (head.fields[i].cut) names.emplace_back(head.name(head.fields[i]));
  }
  return names;
}

TEST(HeadParser, CutsWhatMustNotGoOn) {
  const std::string text = get(
      "Host: h.test\r\nForwarded: for=1\r\nX-FORWARDED-for: 1\r\nX-Forwarded-Whatever: 1\r\nx-real-ip: 1\r\n"
      "True-Client-IP: 1\r\nCF-Connecting-IP: 1\r\nCF-Connecting-IPv6: 1\r\nFly-Client-IP: 1\r\n"
      "CloudFront-Viewer-Address: 1\r\nX-Envoy-External-Address: 1\r\nX-Access-Token: 1\r\nX-Request-ID: "
      "1\r\n"
      "TE: trailers\r\nTrailer: X\r\nKeep-Alive: 1\r\nProxy-Connection: close\r\nHTTP2-Settings: "
      "1\r\nUpgrade: h2c\r\n"
      "Connection: x-drop, host, content-length, Authorization2\r\nX-Drop: 1\r\nContent-Length: 0\r\n"
      "Authorization: a\r\nauthorization: b\r\nX-Forwarde: kept\r\nX-Real-IPs: kept\r\nCookie: c\r\n");
  RequestHead head;
  ASSERT_FALSE(parse(text, head));
  EXPECT_EQ(cut_names(head), (std::vector<std::string>{"Forwarded",
                                                       "X-FORWARDED-for",
                                                       "X-Forwarded-Whatever",
                                                       "x-real-ip",
                                                       "True-Client-IP",
                                                       "CF-Connecting-IP",
                                                       "CF-Connecting-IPv6",
                                                       "Fly-Client-IP",
                                                       "CloudFront-Viewer-Address",
                                                       "X-Envoy-External-Address",
                                                       "X-Access-Token",
                                                       "X-Request-ID",
                                                       "TE",
                                                       "Trailer",
                                                       "Keep-Alive",
                                                       "Proxy-Connection",
                                                       "HTTP2-Settings",
                                                       "Upgrade",
                                                       "Connection",
                                                       "X-Drop"}));
  EXPECT_FALSE(head.wants_websocket);
}

TEST(HeadParser, OnlyAWebSocketHandshakeMayUpgrade) {
  const std::string fields = "Host: h.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
  RequestHead yes;
  std::string text = get(fields);
  ASSERT_FALSE(parse(text, yes));
  EXPECT_TRUE(yes.wants_websocket);
  for (const std::string& other :
       {"POST / HTTP/1.1\r\n" + fields + "\r\n", "GET / HTTP/1.0\r\n" + fields + "\r\n",
        get(fields + "Content-Length: 3\r\n"), get("Host: h\r\nUpgrade: websocket\r\n"),
        get("Host: h\r\nUpgrade: h2c\r\nConnection: upgrade\r\n")}) {
    RequestHead head;
    ASSERT_FALSE(parse(other, head)) << other;
    EXPECT_FALSE(head.wants_websocket) << other;
  }
}

TEST(HeadParser, ExpectationsOfOldClientsAreIgnored) {
  for (const bool old : {false, true}) {
    const std::string text =
        "POST / HTTP/1."s + (old ? "0" : "1") + "\r\nHost: h\r\nExpect: 100-continue\r\n\r\n";
    RequestHead head;
    ASSERT_FALSE(parse(text, head));
    EXPECT_EQ(cut_names(head).size(), old ? 1U : 0U);
  }
}

TEST(HeadParser, Responses) {
  ResponseHead head;
  std::string text =
      "HTTP/1.0 404 Not  here\r\nX-Request-Id: theirs\r\nConnection: close, x-y\r\nX-Y: 1\r\n\r\n";
  ASSERT_FALSE(parse_response_head(text, head));
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.status_text, "404 Not  here");
  EXPECT_EQ(head.body.kind, BodyKind::until_end);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_EQ(cut_names(head), (std::vector<std::string>{"Connection", "X-Y"}));
  for (const int status : {100, 103, 204, 304}) {
    ResponseHead bare;
    text = "HTTP/1.1 " + std::to_string(status) + " \r\nContent-Length: 5\r\n\r\n";
    ASSERT_FALSE(parse_response_head(text, bare)) << status;
    EXPECT_EQ(bare.body.kind, BodyKind::none) << status;
  }
}

TEST(HeadParser, MalformedResponses) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const std::string& text :
       {ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        ok + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", ok + "Transfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"s, ok + "X: a\r\n b\r\n\r\n",
        ok + "X: \x01\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n"s, "HTTP/1.1 099 OK\r\n\r\n"s,
        "HTTP/1.1 700 OK\r\n\r\n"s, "ICY 200 OK\r\n\r\n"s, "HTTP/1.1 200 OK\nX: 1\r\n\r\n"s}) {
    ResponseHead head;
    EXPECT_EQ(parse_response_head(text, head).status, 502) << text;
  }
}

TEST(HeadParser, NamesThatSomeServersReadAsFramingAreRefused) {
  const std::string host = "Host: h.test\r\n";
  for (const std::string field : {"Content_Length: 3", "content_length: 0", "CONTENT_LENGTH:3",
                                  "Transfer_Encoding: chunked", "transfer_encoding: x"}) {
    RequestHead head;
    const std::string text = get(host + field + "\r\n");
    EXPECT_EQ(parse(text, head).status, 400) << field;
    ResponseHead response;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + field + "\r\n\r\n";
    ASSERT_FALSE(parse_response_head(answer, response));
    EXPECT_EQ(cut_names(response).size(), 1U) << field;
  }
  RequestHead head;
  const std::string text = get(host + "Content_Lengths: 1\r\nContent_Type: x\r\nTransfer_Encodin: x\r\n");
  ASSERT_FALSE(parse(text, head));
  EXPECT_TRUE(cut_names(head).empty());
}

TEST(HeadParser, NamesThatSomeServersReadAsAddressesAreCut) {
  const std::vector<std::string> names = {"X_Forwarded_For",  "X-Forwarded_For", "x_forwarded-proto",
                                          "X_Real_IP",        "True_Client_IP",  "X-Forwarded",
                                          "X-Client-IP",      "X_Client_IP",     "X-Cluster-Client-IP",
                                          "X-Originating-IP", "Client-IP",       "Forwarded-For",
                                          "Fastly-Client-IP", "X-Original-URL",  "X_Rewrite_URL",
                                          "X-Rewrite-URL",    "Proxy",           "PROXY",
                                          "X_Request_Id",     "Keep_Alive",      "Proxy_Connection"};
  std::string fields = "Host: h.test\r\n";
  for (const std::string& name : names) fields += name + ": 1\r\n";
  const std::string text =
      get(fields + "X-Client-IPs: kept\r\nClient: kept\r\nProxy-Authorization: kept\r\n");
  RequestHead head;
  ASSERT_FALSE(parse(text, head));
  EXPECT_EQ(cut_names(head), names);
}

TEST(HeadParser, OptionsOfAConnectionAreBounded) {
  const auto options = [](std::size_t count, const std::string& separator) {
    std::string list = "Connection: ";
    for (std::size_t i = 0; i < count; ++i) list += "a" + separator;
    return list + "\r\n";
  };
  RequestHead head;
  std::string text = get("Host: h.test\r\nA: 1\r\n" + options(16, ",") + options(16, " ,,, ,"));
  ASSERT_FALSE(parse(text, head));
  EXPECT_EQ(cut_names(head), (std::vector<std::string>{"A", "Connection", "Connection"}));
  text = get("Host: h.test\r\n" + options(16, ",") + options(17, ","));
  EXPECT_EQ(parse(text, head).status, 431);
  text = get("Host: h.test\r\n" + options(10'000, ","));
  EXPECT_EQ(parse(text, head).status, 431);
  text = get("Host: h.test\r\nConnection: " + std::string(20'000, ',') + "\r\n");
  EXPECT_EQ(parse(text, head).status, 0);
  ResponseHead response;
  text = "HTTP/1.1 200 OK\r\n" + options(33, ",") + "\r\n";
  EXPECT_EQ(parse_response_head(text, response).status, 502);
}

// Both sides are measured in the same run: a product of options and fields is a hundred times a sum of them.
TEST(HeadParser, WhatAHeadCostsFollowsItsSize) {
  const auto shortest = [](const std::string& text) {
    auto best = std::chrono::nanoseconds::max();
    for (int i = 0; i < 50; ++i) {
      RequestHead head;
      const auto begun = std::chrono::steady_clock::now();
      static_cast<void>(parse_request_head(text, head));
      best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begun);
    }
    return best;
  };
  std::string fields;
  for (int i = 0; i < 95; ++i) fields += "aaaaaaab: 1\r\n";
  std::string options = "Connection: ";
  while (options.size() < 28'000) options += "aaaaaaaa,";
  const auto many = shortest(get("Host: h.test\r\n" + options + "\r\n" + fields));
  const auto plain = shortest(get("Host: h.test\r\nX: " + std::string(28'000, 'a') + "\r\n" + fields));
  EXPECT_LT(many.count(), 20 * plain.count());
}

TEST(HeadParser, AnOldRequestMayNameNoHost) {
  RequestHead head;
  std::string text = "GET /a HTTP/1.0\r\n\r\n";
  ASSERT_FALSE(parse(text, head));
  EXPECT_EQ(head.authority, "");
  EXPECT_FALSE(head.http_11);
  text = "GET http://h.test/a HTTP/1.0\r\n\r\n";
  ASSERT_FALSE(parse(text, head));
  EXPECT_EQ(head.authority, "h.test");
  for (const std::string bad : {"GET /a HTTP/1.1\r\n\r\n", "GET /a HTTP/1.0\r\nHost:\r\n\r\n",
                                "GET /a HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"}) {
    EXPECT_EQ(parse(bad, head).status, 400) << bad;
  }
}

TEST(FieldKind, EveryFieldOfTheTableInAnyCaseAndNoNeighbour) {
  for (const std::string name :
       {"host", "connection", "te", "x-forwarded-for", "cloudfront-viewer-address"}) {
    std::string upper = name;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_NE(field_kind(name), FieldKind::other) << name;
    EXPECT_EQ(field_kind(upper), field_kind(name)) << upper;
    EXPECT_EQ(field_kind(name.substr(1)), FieldKind::other) << name;
  }
  EXPECT_EQ(field_kind("x-forwarded-"), FieldKind::other);
  EXPECT_EQ(field_kind("x-forwarded-" + std::string(50, 'x')), FieldKind::spoofable);
  EXPECT_EQ(field_kind("h"), FieldKind::other);
}

}  // namespace
}  // namespace palpo::http
