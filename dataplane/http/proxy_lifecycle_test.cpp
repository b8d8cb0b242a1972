// SPDX-License-Identifier: Apache-2.0
// Configurations that change, connections that idle, workers that drain and stop.
#include <thread>

#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {
namespace {

using std::chrono::milliseconds;

TEST_F(ProxyTest, ARequestInFlightFinishesWhereItBegan) {
  WireListener next;
  start();
  Wire in_flight = client();
  in_flight.send(get("/old"));
  Wire old_up = upstream_.accept();
  old_up.read_message();
  Wire idle = client();
  idle.send(get());
  Wire idle_up = upstream_.accept();
  idle_up.read_message();
  idle_up.send(kOk);
  idle.read_message();
  ConfigDraft draft;
  draft.cluster("c", {next.port()}).proxy("h.test", "/", "c");
  apply(draft);
  EXPECT_EQ(idle_up.wait_for_end(), Wire::End::finished);  // no idle connections to what is gone
  idle.send(get("/new"));
  Wire new_up = next.accept();
  EXPECT_EQ(new_up.read_message().start_line(), "GET /new HTTP/1.1");
  new_up.send(kOk);
  EXPECT_EQ(idle.read_message().body, "ok");
  old_up.send(kOk);
  EXPECT_EQ(in_flight.read_message().body, "ok");
  EXPECT_EQ(old_up.wait_for_end(), Wire::End::finished);
  in_flight.send(get("/newer"));
  EXPECT_EQ(new_up.read_message().start_line(), "GET /newer HTTP/1.1");
}

TEST_F(ProxyTest, HostsComeAndGoOnLiveConnections) {
  start();
  Wire wire = client();
  const std::string request = "GET / HTTP/1.1\r\nHost: new.test\r\n\r\n";
  wire.send(request);
  EXPECT_TRUE(wire.read_message().start_line().starts_with("HTTP/1.1 404"));
  apply(plain_config().answer("new.test", "/", {200, "text/plain", "", false, "new"}));
  wire.send(request);
  EXPECT_EQ(wire.read_message().body, "new");
  apply(plain_config());
  wire.send(request);
  EXPECT_TRUE(wire.read_message().start_line().starts_with("HTTP/1.1 404"));
}

TEST_F(ProxyTest, IdleConnectionsEndSilentlyAndUnfinishedRequestsAreTold) {
  defaults_.request_head = milliseconds(250);
  defaults_.keep_alive = milliseconds(250);
  defaults_.client_idle = milliseconds(250);
  start();
  Wire silent = client();
  EXPECT_EQ(silent.read_to_end(), "");
  Wire half = client();
  half.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(half.read_message().start_line().starts_with("HTTP/1.1 408"));
  EXPECT_EQ(half.wait_for_end(), Wire::End::finished);
  Wire used = client();
  used.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  used.read_message();
  EXPECT_EQ(used.read_to_end(), "");
  Wire stalled = client();
  stalled.send("POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\nabc");
  up.read_until("abc");
  EXPECT_TRUE(stalled.read_message().start_line().starts_with("HTTP/1.1 408"));
  EXPECT_EQ(up.wait_for_end(), Wire::End::finished);
}

TEST_F(ProxyTest, AClientThatTakesNothingIsGivenUp) {
  defaults_.client_idle = milliseconds(500);
  start();
  Wire slow = Wire::connect(http_port_, 4096);
  slow.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
  const std::string block(1'000'000, 'x');
  while (up.try_send(block)) {
  }
  EXPECT_EQ(slow.wait_for_end(), Wire::End::reset);
  barrier();
  EXPECT_EQ(metrics_.requests[0][2].value(), 1U);
}

// The one piece that comes with the head is more than the client takes, and the homeserver waits for its next
// event.
TEST_F(ProxyTest, AClientThatTakesNothingOfAnEventStreamIsGivenUp) {
  defaults_.client_idle = milliseconds(500);
  defaults_.upstream_idle = std::chrono::minutes(5);
  start();
  Wire slow = Wire::connect(http_port_, 4096);
  slow.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  EXPECT_FALSE(up.try_send("HTTP/1.1 200 OK\r\n\r\n" + std::string(30'000'000, 'x')));
}

TEST_F(ProxyTest, AnUpstreamThatStopsInTheMiddleIsGivenUp) {
  defaults_.upstream_idle = milliseconds(500);
  start();
  Wire wire = client();
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(wire.wait_for_end(), Wire::End::reset);
  EXPECT_EQ(up.wait_for_end(), Wire::End::finished);
}

TEST_F(ProxyTest, IdleUpstreamConnectionsAreEndedBeforeTheHomeserverEndsThem) {
  options_.pools.idle = milliseconds(250);
  start();
  Wire wire = client();
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  wire.read_message();
  EXPECT_EQ(up.wait_for_end(), Wire::End::finished);
}

TEST_F(ProxyTest, MoreClientsThanAllowedWait) {
  options_.connections = 1;
  start();
  Wire first = client();
  first.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  Wire second = client();
  second.send(get("/second"));
  EXPECT_TRUE(up.quiet(100));
  EXPECT_FALSE(upstream_.accept_within(100));
  up.send(kOk);
  first.read_message();
  first = Wire(-1);
  EXPECT_EQ(up.read_message().start_line(), "GET /second HTTP/1.1");
}

TEST_F(ProxyTest, DrainingFinishesWhatRunsAndTakesNothingNew) {
  start();
  Wire idle = client();
  idle.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  idle.read_message();
  Wire poll = client();
  poll.send(get("/poll"));
  up.read_message();
  Wire begun = client();
  begun.send("GET / HT");
  Wire barrier = client();  // the worker has read what came before
  barrier.send("GET / HTTP/1.1\r\nHost: nowhere.test\r\nConnection: close\r\n\r\n");
  barrier.read_to_end();
  std::promise<void> drained;
  worker_->drain(std::chrono::seconds(20), [&] { drained.set_value(); });
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_THROW(client(), std::runtime_error);
  begun.send("TP/1.1\r\nHost: nowhere.test\r\n\r\n");  // it had begun: it is served
  const WireMessage late = begun.read_message();
  EXPECT_TRUE(late.start_line().starts_with("HTTP/1.1 404"));
  EXPECT_EQ(late.value("connection"), "close");
  EXPECT_EQ(begun.wait_for_end(), Wire::End::finished);
  auto done = drained.get_future();
  EXPECT_EQ(done.wait_for(milliseconds(50)), std::future_status::timeout);
  up.send(kOk);
  const WireMessage response = poll.read_message();
  EXPECT_EQ(response.body, "ok");
  EXPECT_EQ(response.value("connection"), "close");
  EXPECT_EQ(poll.wait_for_end(), Wire::End::finished);
  EXPECT_EQ(done.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ProxyTest, ARequestThatCrossesTheDrainOnAnIdleConnectionIsServed) {
  start();
  Wire wire = client();
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  wire.read_message();
  std::promise<void> drained;
  worker_->drain(std::chrono::seconds(20), [&] { drained.set_value(); });
  auto done = drained.get_future();
  EXPECT_EQ(done.wait_for(milliseconds(100)), std::future_status::timeout);
  wire.send(get("/late"));
  up.read_message();
  up.send(kOk);
  const WireMessage late = wire.read_message();
  EXPECT_EQ(late.body, "ok");
  EXPECT_EQ(late.value("connection"), "close");
  EXPECT_EQ(wire.wait_for_end(), Wire::End::finished);
  EXPECT_EQ(done.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ProxyTest, AnnouncedEndsAreToldInAnswers) {
  start();
  Wire wire = client();
  worker_->announce_end();
  barrier();
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  EXPECT_EQ(wire.read_message().value("connection"), "close");
}

TEST_F(ProxyTest, DrainingHasAnEnd) {
  start();
  Wire poll = client();
  poll.send(get("/poll"));
  Wire up = upstream_.accept();
  up.read_message();
  std::promise<void> drained;
  worker_->drain(milliseconds(250), [&] { drained.set_value(); });
  poll.wait_for_end();
  up.wait_for_end();
  EXPECT_EQ(drained.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ProxyTest, AWebSocketIsEndedInOrderWhenADrainEnds) {
  start();
  Wire socket = client();
  socket.send("GET /ws HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  Wire up = upstream_.accept();
  up.read_message();
  up.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  socket.read_until("\r\n\r\n");
  std::promise<void> drained;
  worker_->drain(milliseconds(250), [&] { drained.set_value(); });
  EXPECT_EQ(socket.wait_for_end(), Wire::End::finished);
  EXPECT_EQ(drained.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ProxyTest, AWorkerStopsWithEverythingUnderWay) {
  start();
  Wire waiting = client();
  waiting.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  Wire uploading = client();
  uploading.send("POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\nabc");
  Wire second = upstream_.accept();
  second.read_until("abc");
  Wire half = client();
  half.send("GET");
  worker_.reset();
  waiting.wait_for_end();
  up.wait_for_end();
  second.wait_for_end();
}

TEST_F(ProxyTest, OutcomesAreCounted) {
  start();
  Wire wire = client();
  std::optional<Wire> up;
  for (const std::string status : {"200 OK", "302 Found", "404 Not Found", "500 Oops"}) {
    wire.send(get());
    if (!up) up = upstream_.accept();
    up->read_message();
    up->send("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
    wire.read_message();
  }
  barrier();
  Metrics exposed;
  std::vector<std::unique_ptr<telemetry::WorkerMetrics>> workers;
  workers.push_back(std::make_unique<telemetry::WorkerMetrics>());
  for (std::size_t code = 2; code <= 5; ++code) {
    EXPECT_GE(metrics_.requests[0][code].value(), 1U);
    EXPECT_LE(metrics_.requests[0][code].value(), code == 4 ? 2U : 1U);  // the barrier's own is a 404
    workers[0]->requests[0][code].add(metrics_.requests[0][code].value());
  }
  metrics_.owners.for_each([&](const std::string& owner, const telemetry::OwnerCounts::Counts& counts) {
    EXPECT_EQ(owner, "Test/h.test");
    EXPECT_EQ(counts.requests.value(), 4U);
    EXPECT_EQ(counts.failures.value(), 1U);
  });
  workers[0]->short_waits.buckets[0].add(3);
  workers[0]->short_waits.buckets[telemetry::WorkerMetrics::kBuckets - 1].add(1);
  workers[0]->long_waits.buckets[1].add(2);
  workers[0]->connections_open[0].add(3);
  telemetry::expose_worker_metrics(exposed, workers, 4);
  const std::string text = exposed.expose();
  for (const char* line :
       {"palpo_ingress_downstream_requests_total{code=\"2xx\",listener=\"http\"} 1\n",
        "palpo_ingress_downstream_requests_total{code=\"5xx\",listener=\"http\"} 1\n",
        "palpo_ingress_downstream_request_duration_seconds_bucket{wait=\"short\",le=\"0.001\"} 3\n",
        "palpo_ingress_downstream_request_duration_seconds_bucket{wait=\"short\",le=\"+Inf\"} 4\n",
        "palpo_ingress_downstream_request_duration_seconds_count{wait=\"short\"} 4\n",
        "palpo_ingress_downstream_request_duration_seconds_count{wait=\"long\"} 2\n",
        "palpo_ingress_downstream_handshakes_total{result=\"ok\"} 0\n",
        "palpo_ingress_downstream_connections_limit 4\n",
        "palpo_ingress_downstream_connections_used_ratio 0.75\n",
        "palpo_ingress_downstream_connections{listener=\"https\"} 0\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_EQ(metrics_.connections_accepted[0].value(), 2U);
}

}  // namespace
}  // namespace palpo::http
