// SPDX-License-Identifier: Apache-2.0
// What goes through the proxy: heads, bodies, interim responses, pipelines.
#include <algorithm>

#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {
namespace {

TEST_F(ProxyTest, HardTargetsArriveByteForByte) {
  start();
  const std::string targets[] = {"/_matrix/federation/v1/make_join/%21a%3Ahs/%40b%3Ahs?ver=1&ver=2",
                                 "/%2F%2f%23%7E~",
                                 "//_matrix//x",
                                 "/a/./b/../c/%2e%2e/%2E",
                                 "/x;y?;&=+~!$'()*,:@-._",
                                 "/x?",
                                 "/x?a=%2F&a=b&&c=%20+%zz",
                                 "/x?q=a?b/c",
                                 "/$ab%2Fcd%2Be",
                                 "/%00%ff%FF",
                                 "/\"<>^{}|`\\",
                                 "/\xC3\xA4\xFF",
                                 "/"};
  Wire client_wire = client();
  std::optional<Wire> up;
  for (const std::string& target : targets) {
    client_wire.send(get(target));
    if (!up) up = upstream_.accept();
    EXPECT_EQ(up->read_message().start_line(), "GET " + target + " HTTP/1.1");
    up->send(kOk);
    EXPECT_EQ(client_wire.read_message().body, "ok");
  }
  barrier();
  EXPECT_EQ(metrics_.requests[0][2].value(), std::size(targets));
}

TEST_F(ProxyTest, TheUpstreamSeesOneHonestClientAndTheOriginalFields) {
  start();
  Wire client_wire = client();
  client_wire.send(
      get("/x",
          "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nForwarded: for=6\r\nX-Real-IP: 6\r\n"
          "X-Request-Id: forged\r\nAuthorization: X-Matrix origin=\"a\",sig=\"b+/=\"\r\nauthorization:  "
          "second \r\nConnection: keep-alive, X-Hop, Host\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
          "Cookie: a=b\r\n"));
  Wire up = upstream_.accept();
  const WireMessage request = up.read_message();
  EXPECT_EQ(request.value("host"), "h.test");
  EXPECT_EQ(request.value("x-forwarded-for"), "127.0.0.1");
  EXPECT_EQ(request.value("x-forwarded-proto"), "http");
  EXPECT_EQ(request.value("x-forwarded-host"), "h.test");
  EXPECT_EQ(request.value("x-request-id").size(), 32U);
  EXPECT_EQ(request.values("authorization"),
            (std::vector<std::string>{"X-Matrix origin=\"a\",sig=\"b+/=\"", "second"}));
  EXPECT_EQ(request.value("cookie"), "a=b");
  for (const char* gone : {"forwarded", "x-real-ip", "connection", "x-hop", "keep-alive", "te"}) {
    EXPECT_TRUE(request.values(gone).empty()) << gone;
  }
  up.send(kOk);
  EXPECT_EQ(client_wire.read_message().start_line(), "HTTP/1.1 200 OK");
}

TEST_F(ProxyTest, AbsoluteFormGoesByItsAuthority) {
  start();
  Wire client_wire = client();
  client_wire.send("GET http://H.test:80/a%21 HTTP/1.1\r\nHost: other.test\r\n\r\n");
  Wire up = upstream_.accept();
  const WireMessage request = up.read_message();
  EXPECT_EQ(request.start_line(), "GET /a%21 HTTP/1.1");
  EXPECT_EQ(request.value("host"), "H.test:80");
}

TEST_F(ProxyTest, AbsoluteFormMayLeaveThePathOut) {
  start();
  Wire client_wire = client();
  client_wire.send("GET http://h.test?a=1 HTTP/1.1\r\nHost: h.test\r\n\r\n");
  EXPECT_EQ(upstream_.accept().read_message().start_line(), "GET /?a=1 HTTP/1.1");
}

TEST_F(ProxyTest, ResponsesWithoutABodyLeaveTheConnectionsInStep) {
  start();
  struct Case {
    std::string request, response;
  };
  const std::string head = "HEAD / HTTP/1.1\r\nHost: h.test\r\n\r\n";
  const Case cases[] = {
      {head, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"},
      {head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {head, "HTTP/1.1 200 OK\r\n\r\n"},
      {get(), "HTTP/1.1 204 No Content\r\n\r\n"},
      {get(), "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: \"a\"\r\n\r\n"},
      {get(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
  };
  Wire client_wire = client();
  std::optional<Wire> up;
  for (const Case& each : cases) {
    client_wire.send(each.request);
    if (!up) up = upstream_.accept();
    up->read_message();
    up->send(each.response);
    const WireMessage response = client_wire.read_message(true);
    EXPECT_EQ(response.start_line(), each.response.substr(0, each.response.find('\r')));
    EXPECT_TRUE(response.value("connection").empty()) << each.response;
  }
  client_wire.send(get("/last"));  // nobody is waiting for a body
  EXPECT_EQ(up->read_message().start_line(), "GET /last HTTP/1.1");
  EXPECT_EQ(metrics_.upstream_connects_ok.value(), 1U);
}

TEST_F(ProxyTest, ChunkedBodiesAreFramedAnewAndTrailersDropped) {
  start();
  Wire client_wire = client();
  client_wire.send(
      "POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Auth\r\n\r\n"
      "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Auth: admin\r\n\r\n");
  Wire up = upstream_.accept();
  WireMessage request = up.read_message();
  EXPECT_EQ(request.body, "hello world");
  EXPECT_TRUE(request.values("x-auth").empty());
  EXPECT_TRUE(request.values("trailer").empty());
  up.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\nSet-Cookie: "
      "a=b\r\n\r\n");
  const WireMessage response = client_wire.read_message();
  EXPECT_EQ(response.body, "abcd");
  EXPECT_TRUE(client_wire.quiet(50));  // no trailer came as anything else
  client_wire.send(get("/again"));
  EXPECT_EQ(up.read_message().start_line(), "GET /again HTTP/1.1");
}

TEST_F(ProxyTest, ABodyThatEndsWithTheConnectionIsFramedForNewClientsAndClosedForOldOnes) {
  start();
  for (const bool old : {false, true}) {
    Wire client_wire = client();
    client_wire.send(old ? "GET / HTTP/1.0\r\nHost: h.test\r\nConnection: keep-alive\r\n\r\n" : get());
    Wire up = upstream_.accept();
    EXPECT_EQ(up.read_message().start_line(), "GET / HTTP/1.1");
    up.send("HTTP/1.0 200 OK\r\n\r\nall there ");
    up.send("is");
    up = Wire(-1);
    if (old) {
      const std::string all = client_wire.read_to_end();
      EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\nServer: palpo-ingress\r\nConnection: close\r\n\r\nall"))
          << all;
      EXPECT_TRUE(all.ends_with("all there is"));
    } else {
      EXPECT_EQ(client_wire.read_message().body, "all there is");
      client_wire.send(get("/next"));  // and goes on
      upstream_.accept().read_message();
    }
  }
}

TEST_F(ProxyTest, OldClientsNeverGetChunksAndKeepAliveOnlyOnRequest) {
  start();
  Wire client_wire = client();
  client_wire.send("GET / HTTP/1.0\r\nHost: h.test\r\nConnection: Keep-Alive\r\n\r\n");
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  EXPECT_EQ(client_wire.read_message().value("connection"), "keep-alive");
  client_wire.send("GET / HTTP/1.0\r\nHost: h.test\r\n\r\n");
  up.read_message();
  up.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
  const std::string all = client_wire.read_to_end();
  EXPECT_TRUE(all.ends_with("\r\n\r\nok")) << all;
  EXPECT_EQ(all.find("chunked"), std::string::npos);
}

TEST_F(ProxyTest, InterimResponsesGoThrough) {
  start();
  Wire client_wire = client();
  client_wire.send("POST / HTTP/1.1\r\nHost: h.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  Wire up = upstream_.accept();
  EXPECT_EQ(up.read_until("\r\n\r\n").find("Expect: 100-continue") == std::string::npos, false);
  up.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  EXPECT_EQ(client_wire.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client_wire.read_until("\r\n\r\n"), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  client_wire.send("body");
  EXPECT_EQ(up.read(4), "body");
  up.send(kOk);
  EXPECT_TRUE(client_wire.read_message().value("connection").empty());
}

TEST_F(ProxyTest, AnAnswerInsteadOfContinueEndsTheConnection) {
  start();
  Wire client_wire = client();
  client_wire.send("POST / HTTP/1.1\r\nHost: h.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  Wire up = upstream_.accept();
  up.read_until("\r\n\r\n");
  up.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(client_wire.read_message().value("connection"), "close");
  EXPECT_EQ(client_wire.wait_for_end(), Wire::End::finished);
  EXPECT_EQ(up.wait_for_end(), Wire::End::finished);  // such an upstream connection is not used again
}

TEST_F(ProxyTest, AFloodOfInterimResponsesIsABadResponse) {
  start();
  Wire client_wire = client();
  client_wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  for (int i = 0; i < 50; ++i) up.try_send("HTTP/1.1 100 Continue\r\n\r\n");
  std::string line;
  while ((line = client_wire.read_message(true).start_line()) == "HTTP/1.1 100 Continue") {
  }
  EXPECT_EQ(line, "HTTP/1.1 502 Bad Gateway");
}

TEST_F(ProxyTest, PipelinedRequestsAreAnsweredInOrderOneAtATime) {
  ConfigDraft draft = plain_config();
  draft.answer("h.test", "/fixed", {200, "text/plain", "", false, "fixed"});
  start(draft);
  Wire client_wire = client();
  client_wire.send(get("/1") + get("/fixed") +
                   "POST /2 HTTP/1.1\r\nHost: h.test\r\nContent-Length: 3\r\n\r\nabc" + get("/fixed") +
                   get("/3", "Connection: close\r\n") + get("/never"));
  Wire up = upstream_.accept();
  EXPECT_EQ(up.read_message().start_line(), "GET /1 HTTP/1.1");
  EXPECT_TRUE(up.quiet(50));
  up.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
  EXPECT_EQ(client_wire.read_message().body, "one");
  EXPECT_EQ(client_wire.read_message().body, "fixed");
  EXPECT_EQ(up.read_message().body, "abc");
  up.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
  EXPECT_EQ(client_wire.read_message().body, "two");
  EXPECT_EQ(client_wire.read_message().body, "fixed");
  EXPECT_EQ(up.read_message().start_line(), "GET /3 HTTP/1.1");
  up.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthree");
  const WireMessage last = client_wire.read_message();
  EXPECT_EQ(last.value("connection"), "close");
  EXPECT_EQ(client_wire.wait_for_end(), Wire::End::finished);
  EXPECT_TRUE(up.quiet(50));
}

// Thousands of small requests in one write, answered by the proxy itself to a client that does not read: the
// answers must not pile up in memory, and all must come in the end.
TEST_F(ProxyTest, APipelineOfFixedAnswersWaitsForItsReader) {
  ConfigDraft draft;
  draft.answer("h.test", "/", {200, "text/plain", "", false, std::string(20'000, 'x')});
  start(draft);
  Wire slow = client();
  std::string requests;
  constexpr int kRequests = 1500;
  for (int i = 0; i < kRequests; ++i) requests += get();
  slow.send(requests);
  EXPECT_FALSE(slow.quiet(1000));
  const std::uint64_t sent = metrics_.bytes_sent.value();
  EXPECT_LT(sent, 20'000'000U);
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(slow.read_message().body.size(), 20'000U);
}

TEST_F(ProxyTest, MessagesInSingleBytes) {
  start();
  Wire client_wire = client();
  const std::string request =
      "POST /b HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
  const std::string response =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n4\r\nwxyz\r\n0\r\nT: 1\r\n\r\n";
  for (const char c : request) client_wire.send({&c, 1});
  Wire up = upstream_.accept();
  const WireMessage seen = up.read_message();
  EXPECT_EQ(seen.start_line(), "POST /b HTTP/1.1");
  EXPECT_EQ(seen.body, "abc0123456789abcdef");
  for (const char c : response) up.send({&c, 1});
  EXPECT_EQ(client_wire.read_message(true).start_line(), "HTTP/1.1 100 Continue");
  EXPECT_EQ(client_wire.read_message().body, "wxyz");
  client_wire.send("\r\n" + get("/after-an-empty-line"));
  EXPECT_EQ(up.read_message().start_line(), "GET /after-an-empty-line HTTP/1.1");
}

// Wherever a request and a response are cut in two, the other side gets the same.
TEST_F(ProxyTest, MessagesCutAnywhere) {
  start();
  const std::string request =
      "PUT /b HTTP/1.1\r\nHost: h.test\r\nX-Real-IP: 1\r\nTransfer-Encoding: "
      "chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n";
  const std::string response =
      "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  Wire client_wire = client();
  std::optional<Wire> up;
  for (std::size_t cut = 1; cut < std::max(request.size(), response.size()); ++cut) {
    const std::size_t request_cut = std::min(cut, request.size());
    client_wire.send(request.substr(0, request_cut));
    if (!up) {
      client_wire.send(request.substr(request_cut));
      up = upstream_.accept();
    } else {
      up->quiet(1);
      client_wire.send(request.substr(request_cut));
    }
    const WireMessage seen = up->read_message();
    ASSERT_EQ(seen.body, "0123456789") << cut;
    const std::size_t response_cut = std::min(cut, response.size());
    up->send(response.substr(0, response_cut));
    client_wire.quiet(1);
    up->send(response.substr(response_cut));
    const WireMessage got = client_wire.read_message();
    ASSERT_EQ(got.body, "abc") << cut;
    ASSERT_EQ(got.value("x"), "y") << cut;
  }
}

}  // namespace
}  // namespace palpo::http
