// SPDX-License-Identifier: Apache-2.0
// Paths that are closed, ways around them, and what a browser's preflight is told.
#include "dataplane/http/expected_errors.h"
#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {
namespace {

TEST_F(ProxyTest, ARefusedPathIsClosedToEveryMethod) {
  ConfigDraft draft;
  draft.cluster("c", {upstream_.port()})
      .proxy("h.test", "/", "c")
      .refuse("h.test", "/admin", 403)
      .refuse("h.test", "/_matrix/media", 503);
  start(draft);
  Wire wire = client();
  for (const std::string method : {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "MKCOL"}) {
    wire.send(method + " /admin/x HTTP/1.1\r\nHost: h.test\r\nContent-Length: 2\r\n\r\nab");
    const WireMessage response = wire.read_message();
    expect_plain_error(response, "403");
    EXPECT_EQ(response.start_line(), "HTTP/1.1 403 Forbidden");
    EXPECT_EQ(response.body, "Access to this path is restricted, and the restriction cannot be kept here\n");
  }
  wire.send(get("/_matrix/media/v3/download/a/b"));
  expect_matrix_error(wire.read_message(), "503", "M_UNKNOWN");
  EXPECT_FALSE(upstream_.accept_within(50));
}

TEST_F(ProxyTest, APathThatLeadsOutOfItsRouteIsRefusedAndOthersPassByteForByte) {
  ConfigDraft draft;
  draft.cluster("c", {upstream_.port()}).proxy("h.test", "/_matrix", "c");
  start(draft);
  Wire wire = client();
  for (const std::string path : {"/_matrix/../_synapse/admin/v1/users", "/_matrix/%2e%2e/_synapse/admin",
                                 "/_matrix/x/..%2f..", "/_matrix/..\\_synapse"}) {
    wire.send(get(path));
    expect_matrix_error(wire.read_message(), "400", "M_UNKNOWN");  // and the connection goes on
  }
  EXPECT_FALSE(upstream_.accept_within(20));
  std::optional<Wire> up;
  for (const std::string path :
       {"/_matrix/../_matrix/x", "/_matrix//a/./b/..", "/_matrix/rooms/!r:h/event/$a%2F..%2Fb?x=/../../"}) {
    wire.send(get(path));
    if (!up) up = upstream_.accept();
    EXPECT_EQ(up->read_message().start_line(), "GET " + path + " HTTP/1.1");
    up->send(kOk);
    wire.read_message();
  }
}

// A page may read what the request proper is told only if its preflight was answered well.
TEST_F(ProxyTest, PreflightsAreAnsweredWhereverTheAnswerIsOurOwn) {
  ConfigDraft draft;
  draft.cluster("empty", {})
      .cluster("down", {tests::unused_port()})
      .cluster("c", {upstream_.port()})
      .proxy("h.test", "/_matrix/none", "empty")
      .proxy("h.test", "/_matrix/down", "down")
      .refuse("h.test", "/_matrix/refused", 403)
      .refuse("h.test", "/_synapse/client/refused", 404)
      .refuse("h.test", "/refused", 403)
      .proxy("h.test", "/_matrix/client", "c");
  start(draft);
  const std::string asked =
      "Origin: https://app.test\r\nAccess-Control-Request-Method: POST\r\n"
      "Access-Control-Request-Headers: authorization\r\n";
  const auto options = [](const std::string& path, const std::string& host, const std::string& fields) {
    return "OPTIONS " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n";
  };
  const std::pair<std::string, std::string> ours[] = {
      {"/_matrix/none/x", "h.test"},    {"/_matrix/down/x", "h.test"},
      {"/_matrix/refused", "h.test"},   {"/_synapse/client/refused", "h.test"},
      {"/_matrix/nothing", "h.test"},   {"/.well-known/matrix/client", "h.test"},
      {"/_matrix/client/x", "no.test"},
  };
  for (const auto& [path, host] : ours) {
    for (const std::string& fields : {asked, std::string()}) {
      const WireMessage response = ask(options(path, host, fields));
      EXPECT_EQ(response.start_line(), "HTTP/1.1 204 No Content") << path;
      expect_cors(response);
      EXPECT_EQ(response.body, "");
    }
  }
  expect_plain_error(ask(options("/refused", "h.test", asked)), "403");
  expect_plain_error(ask(options("/elsewhere", "h.test", asked)), "404");
  Wire wire = client();  // a homeserver that is there answers for itself
  wire.send(options("/_matrix/client/x", "h.test", asked));
  Wire up = upstream_.accept();
  EXPECT_EQ(up.read_message().start_line(), "OPTIONS /_matrix/client/x HTTP/1.1");
  up.send("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(wire.read_message().start_line(), "HTTP/1.1 405 No");
}

}  // namespace
}  // namespace palpo::http
