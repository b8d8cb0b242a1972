// SPDX-License-Identifier: Apache-2.0
// Which requests are sent again, and where.
#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {
namespace {

// Makes one request so that an idle upstream connection exists; returns its upstream end.
Wire warm_up(Wire& client_wire, WireListener& upstream, const std::string& request) {
  client_wire.send(request);
  Wire up = upstream.accept();
  up.read_message();
  up.send(kOk);
  client_wire.read_message();
  return up;
}

TEST_F(ProxyTest, AStaleConnectionIsInvisibleToIdempotentRequests) {
  start();
  const std::string put = "PUT /x HTTP/1.1\r\nHost: h.test\r\nContent-Length: 5\r\n\r\nhello";
  for (const std::string& request :
       {get("/x"), put, std::string("DELETE /x HTTP/1.1\r\nHost: h.test\r\n\r\n")}) {
    Wire client_wire = client();
    Wire stale = warm_up(client_wire, upstream_, get());
    client_wire.send(request);
    const WireMessage first = stale.read_message();
    stale.reset();  // after the whole request, before a byte of the response
    Wire fresh = upstream_.accept();
    const WireMessage again = fresh.read_message();
    EXPECT_EQ(again.head, first.head);
    EXPECT_EQ(again.body, first.body);
    fresh.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nagain");
    EXPECT_EQ(client_wire.read_message().body, "again");
  }
  barrier();
  EXPECT_EQ(metrics_.upstream_retries.value(), 3U);
}

TEST_F(ProxyTest, ABodyStillOnItsWayIsSentAgainWhole) {
  start();
  Wire client_wire = client();
  Wire stale = warm_up(client_wire, upstream_, get());
  client_wire.send("PUT /x HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  stale.read_until("abc\r\n");
  stale.reset();
  Wire fresh = upstream_.accept();
  fresh.read_until("3\r\nabc\r\n");
  client_wire.send("3\r\ndef\r\n0\r\n\r\n");
  EXPECT_EQ(fresh.read_until("0\r\n\r\n"), "3\r\ndef\r\n0\r\n\r\n");
  fresh.send(kOk);
  EXPECT_EQ(client_wire.read_message().body, "ok");
}

TEST_F(ProxyTest, WhatMayNotHappenTwiceIsNotSentTwice) {
  start();
  for (const std::string once : {"POST /x", "PUT /_matrix/media/v3/upload/h.test/id"}) {
    Wire client_wire = client();
    Wire stale = warm_up(client_wire, upstream_, get());
    client_wire.send(once + " HTTP/1.1\r\nHost: h.test\r\nContent-Length: 5\r\n\r\nhello");
    stale.read_message();
    stale.reset();
    EXPECT_EQ(client_wire.read_message().start_line(), "HTTP/1.1 502 Bad Gateway");
    EXPECT_FALSE(upstream_.accept_within(100));
  }
}

TEST_F(ProxyTest, APostTakesNoConnectionThatHasEnded) {
  start();
  Wire client_wire = client();
  { const Wire ended = warm_up(client_wire, upstream_, get()); }
  client_wire.send("POST /x HTTP/1.1\r\nHost: h.test\r\nContent-Length: 2\r\n\r\nhi");
  Wire fresh = upstream_.accept();
  EXPECT_EQ(fresh.read_message().body, "hi");
  fresh.send(kOk);
  EXPECT_EQ(client_wire.read_message().body, "ok");
}

TEST_F(ProxyTest, OnlyOnce) {
  start();
  Wire client_wire = client();
  Wire stale = warm_up(client_wire, upstream_, get());
  client_wire.send(get("/x"));
  stale.read_message();
  stale.reset();
  Wire fresh = upstream_.accept();
  fresh.read_message();
  fresh.reset();
  EXPECT_EQ(client_wire.read_message().start_line(), "HTTP/1.1 502 Bad Gateway");
  EXPECT_FALSE(upstream_.accept_within(100));
}

TEST_F(ProxyTest, NotAfterAByteOfTheResponseNorOnAFreshConnection) {
  start();
  Wire client_wire = client();
  Wire up = warm_up(client_wire, upstream_, get());
  client_wire.send(get("/x"));
  up.read_message();
  up.send("HTTP");
  client_wire.quiet(20);
  up.reset();
  EXPECT_EQ(client_wire.read_message().start_line(), "HTTP/1.1 502 Bad Gateway");
  client_wire.send(get("/x"));
  Wire fresh = upstream_.accept();
  fresh.read_message();
  fresh.reset();
  EXPECT_EQ(client_wire.read_message().start_line(), "HTTP/1.1 502 Bad Gateway");
  EXPECT_FALSE(upstream_.accept_within(100));
}

TEST_F(ProxyTest, AnEndpointThatCannotBeReachedIsPassedOverForAnyMethod) {
  const std::uint16_t dead = tests::unused_port();
  ConfigDraft draft;
  draft.cluster("c", {dead, upstream_.port()}).proxy("h.test", "/", "c");
  start(draft);
  for (int i = 0; i < 6; ++i) {
    Wire client_wire = client();
    client_wire.send("POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 2\r\n\r\nhi");
    Wire up = upstream_.accept();
    EXPECT_EQ(up.read_message().body, "hi");
    up.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    EXPECT_EQ(client_wire.read_message().body, "ok");
  }
  barrier();
  EXPECT_EQ(metrics_.upstream_connects_failed.value(), 1U);  // then it was tried last
}

TEST_F(ProxyTest, AllUnreachableIsAnAnswer) {
  ConfigDraft draft;
  draft.cluster("c", {tests::unused_port(), tests::unused_port()}).proxy("h.test", "/", "c");
  start(draft);
  Wire wire = client();
  for (int i = 0; i < 3; ++i) {
    wire.send(get());
    const WireMessage response = wire.read_message();
    EXPECT_EQ(response.start_line(), "HTTP/1.1 503 Service Unavailable");
    EXPECT_EQ(response.value("retry-after"), "5");
    EXPECT_TRUE(response.value("connection").empty());
  }
  barrier();
  EXPECT_EQ(metrics_.upstream_connects_failed.value(), 6U);
}

TEST_F(ProxyTest, EndpointsTakeTurns) {
  WireListener second;
  ConfigDraft draft;
  draft.cluster("c", {upstream_.port(), second.port()}).proxy("h.test", "/", "c");
  start(draft);
  int first_served = 0;
  for (int i = 0; i < 8; ++i) {
    Wire wire = client();
    wire.send(get());
    auto up = upstream_.accept_within(200);
    if (up) {
      ++first_served;
    } else {
      up = second.accept();
    }
    up->read_message();
    up->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    wire.read_message();
  }
  EXPECT_EQ(first_served, 4);
}

}  // namespace
}  // namespace palpo::http
