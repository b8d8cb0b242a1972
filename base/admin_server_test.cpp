// SPDX-License-Identifier: Apache-2.0
// The server runs on a thread of its own; the clients are plain blocking sockets.
#include "base/admin_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/clock.h"

namespace palpo {
namespace {

using namespace std::chrono_literals;

class Client {
 public:
  explicit Client(std::uint16_t port, const std::string& address = "127.0.0.1") : socket_(io_) {
    socket_.connect({asio::ip::make_address(address), port});
  }
  void send(const std::string& text) {
    error_code ignored;  // the server may already have said no
    asio::write(socket_, asio::buffer(text), ignored);
  }
  // One head, and the body it announces.
  std::string read_answer(bool head_only = false) {
    while (rest_.find("\r\n\r\n") == std::string::npos && more()) {
    }
    const auto end = rest_.find("\r\n\r\n");
    if (end == std::string::npos) return std::exchange(rest_, {});
    std::size_t size = end + 4;
    const auto length = rest_.find("Content-Length: ");
    if (!head_only && length < end) size += std::stoul(rest_.substr(length + 16));
    while (rest_.size() < size && more()) {
    }
    auto answer = rest_.substr(0, size);
    rest_.erase(0, size);
    return answer;
  }
  std::string read_to_end() {
    while (more()) {
    }
    return std::exchange(rest_, {});
  }
  std::string ask(const std::string& target, const std::string& method = "GET") {
    send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return read_answer(method == "HEAD");
  }

 private:
  bool more() {
    char buffer[4096];
    error_code failed;
    const auto size = socket_.read_some(asio::buffer(buffer), failed);
    rest_.append(buffer, size);
    return !failed;
  }
  asio::io_context io_;
  tcp::socket socket_;
  std::string rest_;
};

class Admin : public ::testing::Test {
 protected:
  void start(const std::string& address) {
    server_.route("/livez", [] { return AdminAnswer{200, "text/plain; charset=utf-8", "alive\n"}; });
    server_.route("/readyz", [] { return AdminAnswer{503, "text/plain; charset=utf-8", "not yet\n"}; });
    server_.route("/large", [] {
      return AdminAnswer{200, "text/plain; version=0.0.4", std::string(3'000'000, 'x')};
    });
    const auto listening = server_.listen(address);
    ASSERT_TRUE(listening.ok()) << listening.error().message;
    port_ = server_.port();
    ASSERT_NE(port_, 0);
    thread_ = std::thread([this] { io_.run(); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { server_.close(); });
    thread_.join();  // run() ends by itself: nothing is left waiting
  }
  void TearDown() override { stop(); }

  asio::io_context io_;
  AdminServer server_{io_};
  std::uint16_t port_ = 0;
  std::thread thread_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Admin, AnswersOverOneConnection) {
  start("127.0.0.1:0");
  Client client(port_);
  const auto live = client.ask("/livez");
  EXPECT_TRUE(live.starts_with("HTTP/1.1 200 OK\r\n")) << live;
  EXPECT_TRUE(has(live, "Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_TRUE(has(live, "Content-Length: 6\r\n"));
  EXPECT_TRUE(live.ends_with("\r\n\r\nalive\n"));
  EXPECT_TRUE(client.ask("/livez?verbose").ends_with("alive\n"));
  EXPECT_TRUE(client.ask("/readyz").starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(client.ask("/").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(client.ask("/livez/").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(has(client.ask("/livez", "DELETE"), "Allow: GET, HEAD\r\n"));
  EXPECT_EQ(client.ask("/large").substr(0, 15), "HTTP/1.1 200 OK");
  const auto head = client.ask("/livez", "HEAD");
  EXPECT_TRUE(has(head, "Content-Length: 6\r\n"));
  EXPECT_TRUE(client.ask("/livez").ends_with("alive\n"));  // no stray body after HEAD
}

TEST_F(Admin, ClosesWhenAsked) {
  start("127.0.0.1:0");
  Client client(port_);
  client.send("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_to_end();
  EXPECT_TRUE(has(answer, "Connection: close\r\n"));
  EXPECT_TRUE(answer.ends_with("alive\n"));
  Client old(port_);
  old.send("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.read_to_end().ends_with("alive\n"));
}

TEST_F(Admin, PipelinedRequestsAreAnsweredInOrder) {
  start("127.0.0.1:0");
  Client client(port_);
  client.send(
      "GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto text = client.read_to_end();
  EXPECT_LT(text.find("alive"), text.find("not yet"));
  EXPECT_LT(text.find("not yet"), text.rfind("alive"));
}

TEST_F(Admin, RefusesBadRequests) {
  start("127.0.0.1:0");
  struct Case {
    std::string request;
    const char* status;
  };
  const Case cases[] = {
      {"garbage\r\n\r\n", "HTTP/1.1 400 "},
      {"GET /livez HTTP/3.7\r\n\r\n", "HTTP/1.1 400 "},
      {"GET /livez HTTP/1.1\r\nBad Name: x\r\n\r\n", "HTTP/1.1 400 "},
      {"GET /livez HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", "HTTP/1.1 431 "},
      {"GET /" + std::string(20'000, 'x'), "HTTP/1.1 431 "},
      {"POST /livez HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + std::string(30'000, 'x'), "HTTP/1.1 405 "},
      {"GET /livez HTTP/1.1\r\nContent-Length: 5\r\n\r\n01234", "HTTP/1.1 200 "},
  };
  for (const auto& c : cases) {
    Client client(port_);
    client.send(c.request);
    const auto answer = client.read_answer();
    EXPECT_TRUE(answer.starts_with(c.status)) << c.request.substr(0, 60) << "\n" << answer;
    EXPECT_TRUE(has(answer, "Connection: close\r\n")) << answer;
  }
}

TEST_F(Admin, HeadOfEightKibibytesPasses) {
  start("127.0.0.1:0");
  Client client(port_);
  client.send("GET /livez HTTP/1.1\r\nX: " + std::string(8000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("alive\n"));
}

TEST_F(Admin, ASlowRequestIsCutOff) {
  start("127.0.0.1:0");
  const auto before = Clock::now();
  Client idle(port_);
  Client half(port_);
  half.send("GET /livez HT");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
  EXPECT_GE(Clock::now() - before, 4s);
}

TEST_F(Admin, BoundsItsConnections) {
  start("127.0.0.1:0");
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<Client>(port_));
    EXPECT_TRUE(clients.back()->ask("/livez").ends_with("alive\n"));
  }
  // The 65th is answered at once; the oldest goes.
  EXPECT_TRUE(Client(port_).ask("/readyz").ends_with("not yet\n"));
  EXPECT_EQ(clients.front()->read_to_end(), "");
  EXPECT_TRUE(clients.back()->ask("/livez").ends_with("alive\n"));
}

TEST_F(Admin, EveryAddressMeansBothFamilies) {
  start(":0");
  EXPECT_TRUE(Client(port_).ask("/livez").ends_with("alive\n"));
  asio::io_context io;
  tcp::acceptor probe(io);
  error_code failed;
  probe.open(tcp::v6(), failed);
  if (!failed) probe.bind({asio::ip::make_address("::1"), 0}, failed);
  if (failed) GTEST_SKIP() << "no IPv6 here";
  EXPECT_TRUE(Client(port_, "::1").ask("/livez").ends_with("alive\n"));
}

TEST_F(Admin, ListenErrorsNameTheAddress) {
  start("127.0.0.1:0");
  const auto taken = "127.0.0.1:" + std::to_string(port_);
  AdminServer second(io_);
  EXPECT_EQ(second.listen(taken).error().message,
            "cannot listen on \"" + taken + "\": Address already in use");
  EXPECT_TRUE(has(second.listen("name:80").error().message, "must be an IP address"));
  EXPECT_TRUE(has(second.listen("80").error().message, "the port is missing"));
  EXPECT_TRUE(second.listen("127.0.0.1:0").ok());
}

TEST_F(Admin, CloseEndsConnections) {
  start("127.0.0.1:0");
  Client client(port_);
  EXPECT_TRUE(client.ask("/livez").ends_with("alive\n"));
  stop();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(Admin, DestroyedWithOpenConnections) {
  auto io = std::make_unique<asio::io_context>();
  auto server = std::make_unique<AdminServer>(*io);
  ASSERT_TRUE(server->listen("127.0.0.1:0").ok());
  Client client(server->port());
  io->run_one();
  server.reset();
  io.reset();
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace palpo
