// SPDX-License-Identifier: Apache-2.0
// Bytes from a homeserver that answer nothing: on an idle connection in the very turn in which a request
// comes, on a new one before its request. No client may get them, and no later one the response they
// displace.
#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {
namespace {

const std::string kTimeout = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
const std::string kForeign = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nforeign";
const std::string kOwn = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown";
const std::string kPost = "POST /x HTTP/1.1\r\nHost: h.test\r\nContent-Length: 2\r\n\r\nhi";

// Leaves the worker with one idle upstream connection; returns its other end.
Wire warm_up(Wire& client_wire, WireListener& upstream) {
  client_wire.send("GET /warm HTTP/1.1\r\nHost: h.test\r\n\r\n");
  Wire up = upstream.accept();
  up.read_message();
  up.send(kOk);
  client_wire.read_message();
  return up;
}

struct Stray {
  std::string what;
  std::function<void(Wire&)> send;
};

std::vector<Stray> strays() {
  return {{"408", [](Wire& up) { up.send(kTimeout); }},
          {"408 and an end",
           [](Wire& up) {
             up.send(kTimeout);
             up.end_writing();
           }},
          {"200", [](Wire& up) { up.send(kForeign); }},
          {"a byte", [](Wire& up) { up.send("H"); }},
          {"an end", [](Wire& up) { up.end_writing(); }},
          {"a reset", [](Wire& up) { up.reset(); }}};
}

TEST_F(ProxyTest, NothingThatCameBeforeARequestIsItsResponse) {
  start();
  for (const Stray& stray : strays()) {
    for (const std::string& request : {get("/x"), kPost}) {
      for (const bool stray_first : {false, true}) {
        SCOPED_TRACE(stray.what + (stray_first ? ", then " : " after ") + request.substr(0, 4));
        Wire first = client();
        Wire second = client();
        Wire idle = warm_up(first, upstream_);
        const auto still = stand_still(plain_config());
        still->begun();
        if (stray_first) stray.send(idle);
        first.send(request);
        if (!stray_first) stray.send(idle);
        still->release();
        Wire fresh = upstream_.accept();
        EXPECT_EQ(fresh.read_message().start_line().substr(0, 4), request.substr(0, 4));
        fresh.send(kOwn);
        EXPECT_EQ(first.read_message().body, "own");
        second.send(get("/next"));  // and nobody is served by what was left over
        EXPECT_EQ(fresh.read_message().start_line(), "GET /next HTTP/1.1");
        fresh.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnext");
        EXPECT_EQ(second.read_message().body, "next");
      }
    }
  }
}

TEST_F(ProxyTest, EveryIdleConnectionIsLookedAt) {
  start();
  std::vector<Wire> clients;
  std::vector<Wire> idle;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(client());
    clients.back().send(get());
    idle.push_back(upstream_.accept());
    idle.back().read_message();
  }
  for (int i = 0; i < 4; ++i) {
    idle[static_cast<std::size_t>(i)].send(kOk);
    clients[static_cast<std::size_t>(i)].read_message();
  }
  const auto still = stand_still(plain_config());
  still->begun();
  clients[0].send(get("/x"));
  for (Wire& each : idle) each.send(kForeign);
  still->release();
  Wire fresh = upstream_.accept();
  fresh.read_message();
  fresh.send(kOwn);
  EXPECT_EQ(clients[0].read_message().body, "own");
}

TEST_F(ProxyTest, ATimeoutThatCrossesARequestIsADeadConnection) {
  start();
  const std::string half = kTimeout.substr(0, 20);
  for (const bool in_halves : {false, true}) {
    Wire wire = client();
    Wire idle = warm_up(wire, upstream_);
    wire.send(get("/x"));
    idle.read_message();
    idle.send(in_halves ? half : kTimeout);
    if (in_halves) {
      wire.quiet(20);
      idle.send(kTimeout.substr(half.size()));
    }
    Wire fresh = upstream_.accept();
    EXPECT_EQ(fresh.read_message().start_line(), "GET /x HTTP/1.1");
    EXPECT_NE(idle.wait_for_end(), Wire::End::reset);
    fresh.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nown");
    EXPECT_EQ(wire.read_message().body, "own");
  }
  Wire wire = client();
  Wire idle = warm_up(wire, upstream_);
  wire.send(kPost);
  idle.read_message();
  idle.send(kTimeout);
  const WireMessage response = wire.read_message();  // it may have been carried out: not sent twice
  EXPECT_EQ(response.start_line(), "HTTP/1.1 502 Bad Gateway");
  EXPECT_EQ(response.value("retry-after"), "5");
  idle.wait_for_end();
  EXPECT_FALSE(upstream_.accept_within(50));
}

TEST_F(ProxyTest, ATimeoutOnAConnectionOfItsOwnIsTheHomeserversAnswer) {
  start();
  Wire wire = client();
  wire.send(get("/x"));
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kTimeout);
  EXPECT_EQ(wire.read_message().start_line(), "HTTP/1.1 408 Request Timeout");
  up.wait_for_end();  // not kept, though it did not say that it closes
  wire.send("PUT /x HTTP/1.1\r\nHost: h.test\r\nContent-Length: 100000\r\n\r\nslow");
  Wire slow = upstream_.accept();
  slow.read_until("slow");
  slow.send(kTimeout);
  EXPECT_EQ(wire.read_message().start_line(), "HTTP/1.1 408 Request Timeout");
  slow.wait_for_end();
}

// The stray is there when the worker learns that it is connected.
class SpeaksFirst : public ProxyTest {
 protected:
  void stray_on_a_new_connection(const ConfigDraft& draft, Wire& wire, const std::string& request,
                                 WireListener& homeserver, const Stray& stray) {
    wire.send("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n");  // it is accepted
    wire.read_message();
    const auto before = stand_still(draft);
    before->begun();
    wire.send(request);
    const auto after = stand_still_later(draft);
    before->release();
    after->begun();  // it has dialled, in the same turn
    Wire up = homeserver.accept();
    stray.send(up);
    after->release();
  }
};

TEST_F(SpeaksFirst, IsNotAsked) {
  start();
  for (const Stray& stray : strays()) {
    for (const std::string& request : {get("/x"), kPost}) {
      SCOPED_TRACE(stray.what);
      Wire wire = client();
      stray_on_a_new_connection(plain_config(), wire, request, upstream_, stray);
      EXPECT_EQ(wire.read_message().start_line(),
                stray.what == "a reset" ? "HTTP/1.1 503 Service Unavailable" : "HTTP/1.1 502 Bad Gateway");
      EXPECT_FALSE(upstream_.accept_within(20));
    }
  }
}

TEST_F(SpeaksFirst, AndAnotherEndpointIsTried) {
  WireListener babbler;
  ConfigDraft draft;
  draft.cluster("c", {babbler.port(), upstream_.port()}).proxy("h.test", "/", "c");
  start(draft);
  int passed_over = 0;
  for (int i = 0; i < 50 && passed_over < 2; ++i) {
    Wire wire = client();
    wire.send("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n");
    wire.read_message();
    const auto before = stand_still(draft);
    before->begun();
    wire.send(kPost);
    const auto after = stand_still_later(draft);
    before->release();
    after->begun();
    auto first = babbler.accept_within(20);  // which one is first is left to chance
    if (first) {
      ++passed_over;
      first->send(kForeign);
    }
    after->release();
    Wire up = upstream_.accept();
    EXPECT_EQ(up.read_message().body, "hi");
    up.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nown");
    EXPECT_EQ(wire.read_message().body, "own");
  }
  EXPECT_EQ(passed_over, 2);
}

}  // namespace
}  // namespace palpo::http
