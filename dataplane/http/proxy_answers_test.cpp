// SPDX-License-Identifier: Apache-2.0
// What the proxy says itself: fixed answers, redirects, refusals, errors.
#include "dataplane/http/expected_errors.h"
#include "dataplane/http/proxy_fixture.h"
#include "dataplane/message/head.h"

namespace palpo::http {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

TEST_F(ProxyTest, RequestsThatCouldBeReadInTwoWaysAreRefusedAndTheConnectionEnds) {
  start();
  const std::pair<std::string, std::string> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
       "400"},
      {"POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: xchunked\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
      {"GET / HTTP/1.1\nHost: h.test\n\n", "400"},
      {"\n\nGET / HTTP/1.1\r\n", "400"},
      {"\x16\x03\x01\x02\r\n\r\n", "400"},
      {"CONNECT h.test:443 HTTP/1.1\r\nHost: h.test:443\r\n\r\n", "405"},
      {"TRACE / HTTP/1.1\r\nHost: h.test\r\n\r\n", "405"},
      {"GET / HTTP/1.1\r\nHost: [" + std::string(1000, 'a') + "]\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: h.test\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", "431"},
  };
  for (const auto& [request, status] : cases) {
    for (const std::string path : {" / ", " /_matrix/client/versions ", " https://h.test/_matrix "}) {
      const bool on_matrix_path = path != " / " && request.find(" / ") != std::string::npos;
      Wire wire = client();
      wire.send(replaced(request, " / ", path) + get("/smuggled"));
      const WireMessage response = wire.read_message();
      expect_error(response, status,
                   status == "431"   ? "M_TOO_LARGE"
                   : status == "405" ? "M_UNRECOGNIZED"
                                     : "M_UNKNOWN",
                   on_matrix_path);
      EXPECT_EQ(response.value("connection"), "close");
      EXPECT_EQ(wire.wait_for_end(), Wire::End::finished) << request;
    }
  }
  EXPECT_FALSE(upstream_.accept_within(100));
}

TEST_F(ProxyTest, AMalformedChunkAfterTheRequestHasGoneOnEndsBothSides) {
  start();
  Wire client_wire = client();
  client_wire.send("POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  Wire up = upstream_.accept();
  up.read_until("abc\r\n");
  client_wire.send("zz\r\n");
  client_wire.wait_for_end();
  EXPECT_EQ(up.read_to_end(), "");  // and no last chunk
}

TEST_F(ProxyTest, UnknownHostsAndPaths) {
  ConfigDraft draft;
  draft.cluster("c", {upstream_.port()})
      .proxy("h.test", "/_matrix/client", "c")
      .cluster("empty", {})
      .proxy("e.test", "/", "empty");
  start(draft);
  for (const auto& [path, on_matrix_path] : {std::pair<std::string, bool>{"/elsewhere", false},
                                             {"/_matrix/federation/v1/version", true},
                                             {"/_synapse/admin/v1", true},
                                             {"/_synapse/client/x", true},
                                             {"/.well-known/matrix/server", true}}) {
    const std::string line = path + " HTTP/1.1\r\nHost: ";
    expect_error(ask("GET " + line + "other.test\r\n\r\n"), "404", "M_UNRECOGNIZED", on_matrix_path);
    expect_error(ask("GET " + line + "a..b\r\n\r\n"), "404", "M_UNRECOGNIZED", on_matrix_path);
    expect_error(ask(get(path)), "404", "M_UNRECOGNIZED", on_matrix_path);
    const WireMessage none = ask("GET " + line + "e.test\r\n\r\n");
    expect_error(none, "503", "M_UNKNOWN", on_matrix_path);
    EXPECT_FALSE(none.value("retry-after").empty());
    const WireMessage head = ask("HEAD " + line + "h.test\r\n\r\n");
    EXPECT_TRUE(head.start_line().starts_with("HTTP/1.1 404 "));
  }
}

TEST_F(ProxyTest, AResponseWithoutAServerFieldGetsOne) {
  start(plain_config().answer("h.test", "/own", {200, "text/plain", "", false, "x"}).redirect("r.test"));
  EXPECT_EQ(ask(get("/own")).value("server"), "palpo-ingress");
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n").value("server"), "palpo-ingress");
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: r.test\r\n\r\n").value("server"), "palpo-ingress");
  EXPECT_EQ(ask("nonsense\r\n\r\n").value("server"), "palpo-ingress");
  Wire wire = client();
  std::optional<Wire> up;
  const auto through = [&](const std::string& request, const std::string& head) {
    wire.send(request);
    if (!up) up = upstream_.accept();
    up->read_message();
    up->send(head);
    return wire.read_message();
  };
  EXPECT_EQ(through(get(), kOk).value("server"), "palpo-ingress");
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  EXPECT_EQ(through(get(), chunked).value("server"), "palpo-ingress");
  const WireMessage named =
      through(get(), "HTTP/1.1 200 OK\r\nsERVER: Synapse/1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(named.value("server"), "Synapse/1");
  EXPECT_EQ(named.head.find("palpo-ingress"), std::string::npos);
  const WireMessage unnamed = through(get(), "HTTP/1.1 200 OK\r\nServer:\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(unnamed.head.find("palpo-ingress"), std::string::npos);
}

TEST_F(ProxyTest, TheServerFieldCanBeLeftOut) {
  options_.server_header = false;
  start(plain_config().answer("h.test", "/own", {200, "text/plain", "", false, "x"}));
  EXPECT_EQ(ask(get("/own")).head.find("erver:"), std::string::npos);
  Wire wire = client();
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  EXPECT_EQ(wire.read_message().head.find("erver:"), std::string::npos);
}

TEST_F(ProxyTest, RedirectsKeepTheTarget) {
  options_.https_redirect_port = 8443;
  ConfigDraft draft;
  draft.redirect("h.test")
      .proxy("h.test", "/.well-known/acme-challenge", "c")
      .cluster("c", {upstream_.port()});
  // Paths that are served in plain are not redirected.
  start(draft);
  const WireMessage response = ask("GET /a%2F//b?c=%zz HTTP/1.1\r\nHost: H.test:80\r\n\r\n");
  EXPECT_EQ(response.start_line(), "HTTP/1.1 308 Permanent Redirect");
  EXPECT_EQ(response.value("location"), "https://H.test:8443/a%2F//b?c=%zz");
  Wire plain = client();
  plain.send(get("/.well-known/acme-challenge/token"));
  EXPECT_EQ(upstream_.accept().read_message().start_line(), "GET /.well-known/acme-challenge/token HTTP/1.1");
}

TEST_F(ProxyTest, ATargetThatFitsARequestButNotItsRedirectIsRefused) {
  ConfigDraft draft;
  draft.redirect("h.test");
  start(draft);
  std::string request = "GET / HTTP/1.1\r\nHost: h.test\r\n\r\n";
  request.insert(5, std::string(kMaxHeadSize - request.size(), 'a'));
  expect_plain_error(ask(request), "431");
  request.replace(4, 12, "/_matrix/aaa");
  expect_matrix_error(ask(request), "431", "M_TOO_LARGE");
}

TEST_F(ProxyTest, FixedAnswers) {
  ConfigDraft draft;
  draft.answer("h.test", "/.well-known/matrix/server",
               {200, "application/json", "public, max-age=3600", true, R"({"m.server":"m.test:443"})"});
  start(draft);
  Wire wire = client();
  const std::string path = "/.well-known/matrix/server";
  wire.send(get(path) + "HEAD " + path + " HTTP/1.1\r\nHost: h.test\r\n\r\n");
  WireMessage response = wire.read_message();
  EXPECT_EQ(response.body, R"({"m.server":"m.test:443"})");
  EXPECT_EQ(response.value("content-type"), "application/json");
  EXPECT_EQ(response.value("cache-control"), "public, max-age=3600");
  EXPECT_EQ(response.value("access-control-allow-origin"), "*");
  EXPECT_FALSE(response.value("date").empty());
  response = wire.read_message(true);
  EXPECT_EQ(response.value("content-length"), "25");
  wire.send("OPTIONS " + path + " HTTP/1.1\r\nHost: h.test\r\n\r\n");
  response = wire.read_message();
  EXPECT_EQ(response.start_line(), "HTTP/1.1 204 No Content");
  EXPECT_EQ(response.value("access-control-allow-origin"), "*");
  EXPECT_EQ(response.value("allow"), "GET, HEAD, OPTIONS");
  wire.send("OPTIONS * HTTP/1.1\r\nHost: h.test\r\n\r\n");
  EXPECT_EQ(wire.read_message().start_line(), "HTTP/1.1 204 No Content");
  wire.send("POST " + path + " HTTP/1.1\r\nHost: h.test\r\nContent-Length: 3\r\n\r\nabc");
  response = wire.read_message();
  expect_matrix_error(response, "405", "M_UNRECOGNIZED");
  EXPECT_EQ(response.value("allow"), "GET, HEAD, OPTIONS");
  EXPECT_TRUE(response.value("connection").empty());  // its body was there
}

TEST_F(ProxyTest, AnAnswerBeforeTheBodyReachesAClientThatStillSends) {
  start();
  Wire wire = client();
  wire.send("POST / HTTP/1.1\r\nHost: other.test\r\nContent-Length: 1000000\r\n\r\n");
  const std::string piece(10'000, 'x');
  for (int i = 0; i < 50; ++i) wire.send(piece);
  const WireMessage response = wire.read_message();
  expect_plain_error(response, "404");
  EXPECT_EQ(response.value("connection"), "close");
  EXPECT_EQ(wire.wait_for_end(), Wire::End::finished);
}

TEST_F(ProxyTest, TheHomeserversAnswerBeforeTheBodyReachesAClientThatStillSends) {
  start();
  const std::string piece(10'000, 'x');
  for (int round = 0; round < 10; ++round) {
    Wire wire = client();
    wire.send("POST /upload HTTP/1.1\r\nHost: h.test\r\nContent-Length: 20000000\r\n\r\n");
    Wire up = upstream_.accept();
    std::thread sender([&wire, &piece] {
      try {
        for (int i = 0; i < 500; ++i) wire.send(piece);
      } catch (const std::exception&) {  // told to stop
      }
    });
    up.read_until("\r\n\r\n");
    up.send("HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge");
    up = Wire(-1);  // with unread bytes: a reset follows the answer
    const WireMessage response = wire.read_message();
    sender.join();
    ASSERT_EQ(response.start_line(), "HTTP/1.1 413 Too Large") << round;
    EXPECT_EQ(response.body, "large");
  }
}

TEST_F(ProxyTest, UpstreamFailuresBecomeErrorsOfOurOwn) {
  defaults_.response_head = std::chrono::milliseconds(250);
  start();
  struct Case {
    std::string response, status;
  };
  const Case cases[] = {
      {"", "502"},  // closed without an answer
      {"nonsense\r\n\r\n", "502"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "502"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", "502"},
      {"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", "502"},  // nobody asked
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "502"},
      {"HTTP/1.1 200", "502"},
  };
  for (const Case& each : cases) {
    for (const std::string path : {"/", "/_matrix/client/versions"}) {
      Wire wire = client();
      wire.send(get(path));
      {
        Wire up = upstream_.accept();
        up.read_message();
        up.try_send(each.response);
      }
      expect_error(wire.read_message(), each.status, "M_UNKNOWN", path != "/");
      wire.send(get());  // the client's connection is none the worse
      upstream_.accept().read_message();
    }
  }
  Wire wire = client();
  wire.send(get("/_matrix/client/versions"));
  Wire up = upstream_.accept();
  expect_matrix_error(wire.read_message(), "504", "M_UNKNOWN");
  up.read_message();
  EXPECT_EQ(up.wait_for_end(), Wire::End::finished);
}

TEST_F(ProxyTest, ABackendsOwnErrorsAreItsOwnBusiness) {
  start();
  for (const std::string status :
       {"502 Bad Gateway", "504 Gateway Timeout", "401 Unauthorized", "503 Service Unavailable"}) {
    Wire wire = client();
    wire.send(get());
    Wire up = upstream_.accept();
    up.read_message();
    up.send("HTTP/1.1 " + status + "\r\nContent-Length: 5\r\nConnection: close\r\n\r\n{app}");
    const WireMessage response = wire.read_message();
    EXPECT_EQ(response.start_line(), "HTTP/1.1 " + status);
    EXPECT_EQ(response.body, "{app}");
    EXPECT_TRUE(response.value("access-control-allow-origin").empty());
  }
  barrier();
  EXPECT_EQ(metrics_.upstream_retries.value(), 0U);
}

}  // namespace
}  // namespace palpo::http
