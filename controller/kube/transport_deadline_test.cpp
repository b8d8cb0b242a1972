// SPDX-License-Identifier: Apache-2.0
// Requests with a deadline: none is sent after it, and none waits longer.
#include <atomic>
#include <future>
#include <thread>

#include "base/asio.h"
#include "controller/kube/transport_fixture.h"

namespace palpo::kube {
namespace {

class TransportDeadlineTest : public TransportTest {
 protected:
  static TransportRequest patch(BootClock::duration within) {
    TransportRequest request{"PATCH", "/status", "{}", "application/merge-patch+json"};
    request.deadline = BootClock::now() + within;
    return request;
  }
};

TEST_P(TransportDeadlineTest, BeforeItARequestIsLikeAnyOther) {
  serve_with(echo);
  for (const auto* host : {"127.0.0.1", "localhost"}) {
    const auto transport = connect(endpoint(host));
    for (int i = 0; i < 3; ++i) {
      const auto response = transport->call(patch(10s));
      ASSERT_FALSE(response.error) << response.error->message;
      EXPECT_EQ(response.status, 200);
      EXPECT_NE(response.body.find("PATCH /status"), std::string::npos);
      EXPECT_NE(response.body.find("body={}"), std::string::npos);
    }
  }
}

TEST_P(TransportDeadlineTest, PlainHttp) {
  ScriptedApiServer::Options options;
  options.handler = echo;
  serve(std::move(options));
  auto to = endpoint();
  to.scheme = "http";
  const auto response = connect(to)->call(patch(10s));
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_NE(response.body.find("body={}"), std::string::npos);
}

TEST_P(TransportDeadlineTest, AServerThatClosesEveryConnection) {
  serve_with([](Exchange& exchange) { exchange.respond(200, "{}", {{"Connection", "close"}}); });
  const auto transport = connect(endpoint());
  for (int i = 0; i < 3; ++i) {
    const auto response = transport->call(patch(10s));
    ASSERT_FALSE(response.error) << response.error->message;
    EXPECT_EQ(response.status, 200);
  }
}

TEST_P(TransportDeadlineTest, AServerThatWasStartedAnew) {
  serve_with(echo);
  auto to = endpoint();
  const auto transport = connect(to);
  EXPECT_EQ(transport->call(patch(10s)).status, 200);
  server_.reset();
  // What is told now is what happened, and the next one goes out on a new connection.
  const auto response = transport->call(patch(10s));
  ASSERT_TRUE(response.error);
  EXPECT_EQ(response.error->kind, ErrorKind::unavailable) << response.error->message;
}

TEST_P(TransportDeadlineTest, PastItNothingIsSent) {
  std::atomic<int> asked = 0;
  serve_with([&asked](Exchange& exchange) {
    ++asked;
    echo(exchange);
  });
  const auto transport = connect(endpoint());
  const auto response = transport->call(patch(-1ms));
  ASSERT_TRUE(response.error);
  EXPECT_EQ(response.error->kind, ErrorKind::timeout) << response.error->message;
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(transport->call(patch(10s)).status, 200) << "the next one is another request";
  EXPECT_EQ(asked, 1);
}

TEST_P(TransportDeadlineTest, WhoeverDoesNotAnswerByThenIsLeftAndHearsNoMore) {
  serve(https());
  const auto transport = connect(endpoint());
  const auto began = BootClock::now();
  auto ended = std::async(std::launch::async, [&] { return transport->call(patch(3s)); });
  const auto exchange = server_->next();
  ASSERT_NE(exchange, nullptr);
  const auto response = ended.get();
  ASSERT_TRUE(response.error);
  EXPECT_EQ(response.error->kind, ErrorKind::timeout) << response.error->message;
  EXPECT_GE(BootClock::now() - began, 3s);
  EXPECT_TRUE(exchange->wait_closed(10s));
}

// A peer that accepts connections and says nothing: there is no TLS, so nothing of the request is sent.
TEST_P(TransportDeadlineTest, AHandshakeThatTakesTooLong) {
  asio::io_context io;
  tcp::acceptor silent(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  serve(https());
  auto to = endpoint();
  to.port = silent.local_endpoint().port();
  const auto response = connect(to)->call(patch(300ms));
  ASSERT_TRUE(response.error);
  EXPECT_EQ(response.error->kind, ErrorKind::timeout) << response.error->message;
}

TEST_P(TransportDeadlineTest, AWholeRequestThatIsStoppedOnItsWayIsNotFinished) {
  serve(https());
  const auto transport = connect(endpoint());
  std::stop_source stop;
  auto ended = std::async(std::launch::async, [&] { return transport->call(patch(1h), stop.get_token()); });
  const auto exchange = server_->next();
  ASSERT_NE(exchange, nullptr);
  stop.request_stop();
  const auto response = ended.get();
  ASSERT_TRUE(response.error);
  EXPECT_EQ(response.error->kind, ErrorKind::cancelled) << response.error->message;
}

TEST_P(TransportDeadlineTest, NobodyListens) {
  asio::io_context io;
  tcp::socket bound(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  serve(https());
  for (const auto* host : {"127.0.0.1", "localhost"}) {
    auto to = endpoint(host);
    to.port = bound.local_endpoint().port();
    const auto response = connect(to)->call(patch(10s));
    ASSERT_TRUE(response.error);
    EXPECT_EQ(response.error->kind, ErrorKind::unavailable) << response.error->message;
  }
}

INSTANTIATE_TEST_SUITE_P(Libraries, TransportDeadlineTest, every_transport(), library_name);

}  // namespace
}  // namespace palpo::kube
