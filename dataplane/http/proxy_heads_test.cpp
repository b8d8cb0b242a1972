// SPDX-License-Identifier: Apache-2.0
// Heads and what stands around them: where the proxy is lenient, where it is not, and how bytes may be cut.
#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {
namespace {

TEST_F(ProxyTest, InterimResponsesAreForwardedWithoutFraming) {
  start();
  Wire wire = client();
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\n\r\n"
      "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\nConnection: X-A\r\nX-A: 1\r\n\r\n" +
      kOk);
  EXPECT_EQ(wire.read_until("\r\n\r\n"), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  EXPECT_EQ(wire.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(wire.read_message().body, "ok");
}

TEST_F(ProxyTest, AStatusLineMayEndBehindTheStatus) {
  start();
  Wire wire = client();
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok");
  const WireMessage response = wire.read_message();
  EXPECT_EQ(response.start_line(), "HTTP/1.1 200 ");
  EXPECT_EQ(response.body, "ok");
  wire.send(get("/next"));
  EXPECT_EQ(up.read_message().start_line(), "GET /next HTTP/1.1");
}

TEST_F(ProxyTest, SomeEmptyLinesBeforeARequestArePassedOver) {
  start(plain_config().answer("h.test", "/own", {200, "text/plain", "", false, "own"}));
  const auto lines = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "\r\n";
    return text;
  };
  for (const int count : {1, 2, 8}) {
    Wire wire = client();
    wire.send(lines(count) + get("/own") + lines(count) + get("/own"));
    EXPECT_EQ(wire.read_message().body, "own") << count;
    EXPECT_EQ(wire.read_message().body, "own") << count;
    for (const char byte : lines(count) + get("/own")) wire.send({&byte, 1});
    EXPECT_EQ(wire.read_message().body, "own") << count;
  }
  Wire wire = client();
  wire.send(lines(9) + get("/own"));
  EXPECT_EQ(wire.read_message().start_line(), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(wire.wait_for_end(), Wire::End::finished);
}

TEST_F(ProxyTest, AnOldRequestWithoutAHostIsForAHostThatNobodyHas) {
  start();
  Wire wire = client();
  wire.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(wire.read_to_end().starts_with("HTTP/1.1 404 Not Found\r\n"));
}

TEST_F(ProxyTest, AHeadMayComeByteByByteAndManyInOnePiece) {
  start();
  Wire wire = client();
  wire.send(get("/warm"));
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  wire.read_message();
  for (const char byte : get("/slow", "X: " + std::string(500, 'x') + "\r\n")) wire.send({&byte, 1});
  EXPECT_EQ(up.read_message().start_line(), "GET /slow HTTP/1.1");
  up.send(kOk);
  wire.read_message();
  std::string many;
  for (int i = 0; i < 600; ++i) many += get("/" + std::to_string(i));
  const std::string half = "GET /last HTTP/1.1\r\nHo";
  wire.send(many + half);
  for (int i = 0; i < 600; ++i) {
    ASSERT_EQ(up.read_message().start_line(), "GET /" + std::to_string(i) + " HTTP/1.1");
    up.send(kOk);
    ASSERT_EQ(wire.read_message().body, "ok");
  }
  wire.send("st: h.test\r\n\r\n");
  EXPECT_EQ(up.read_message().start_line(), "GET /last HTTP/1.1");
}

TEST_F(ProxyTest, AResponseHeadMayComeByteByByte) {
  start();
  Wire wire = client();
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  for (const char byte : "HTTP/1.1 100 Continue\r\n\r\n" + kOk) up.send({&byte, 1});
  EXPECT_EQ(wire.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(wire.read_message().body, "ok");
}

TEST_F(ProxyTest, ARequestHiddenInATrailerIsRefused) {
  start();
  const std::string head = "POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string hidden = "GET /admin HTTP/1.1\r\nHost: h.test\r\n\r\n";
  {
    Wire wire = client();
    wire.send(head + "0\r\n" + hidden);
    EXPECT_EQ(wire.read_message().start_line(), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(wire.wait_for_end(), Wire::End::finished);
    EXPECT_FALSE(upstream_.accept_within(20));
  }
  Wire wire = client();
  wire.send(head + "2\r\nhi\r\n");
  Wire up = upstream_.accept();
  up.read_until("hi\r\n");
  wire.send("0\r\n" + hidden);
  const WireMessage response = wire.read_message();
  EXPECT_EQ(response.start_line(), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(response.value("connection"), "close");
  EXPECT_EQ(wire.wait_for_end(), Wire::End::finished);
  EXPECT_EQ(up.read_to_end(), "");  // no last chunk
}

}  // namespace
}  // namespace palpo::http
