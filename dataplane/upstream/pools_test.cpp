// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/pools.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/asio.h"

namespace palpo::upstream {
namespace {

struct Resolver final : NameResolver {
  void resolve(const std::string& name, Done done) override {
    ++asked;
    if (name == "nowhere.test") {
      done(Error{ErrorKind::not_found, "no such name"});
    } else {
      done(Addresses{asio::ip::make_address("127.0.0.1")});
    }
  }
  int asked = 0;
};

struct Events final : PoolEvents {
  void on_connect(bool success) override { ++(success ? ok : failed); }
  int ok = 0;
  int failed = 0;
};

struct User final : ConnectionUser {
  void on_upstream_connected() override { told("connected"); }
  void on_upstream_unreachable(const std::string& reason) override { told("unreachable: " + reason); }
  void on_upstream_input(char* data, std::size_t size) override { told("input: " + std::string(data, size)); }
  void on_upstream_end(bool) override { told("end"); }
  void on_upstream_sent(bool) override {}
  void on_upstream_deadline() override { told("deadline"); }
  std::function<void(const std::string&)> told = [](const std::string&) {};
};

class PoolsTest : public testing::Test {
 protected:
  PoolsTest() {
    limits_.idle_connections = 2;
    acceptor_.open(tcp::v4());
    acceptor_.bind({asio::ip::make_address_v4("127.0.0.1"), 0});
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
  }
  Endpoint endpoint(std::uint64_t id, std::string_view address = "127.0.0.1", bool is_name = false) const {
    return {id, address, port_, is_name};
  }
  // What the user is told first.
  std::string wait() {
    std::string heard;
    user_.told = [&](const std::string& what) {
      if (heard.empty()) heard = what;
      loop_.stop();
    };
    loop_.run();
    return heard;
  }
  std::unique_ptr<TcpConnection> connected(EndpointPool& pool) {
    auto connection = pool.dial(user_);
    EXPECT_EQ(wait(), "connected");
    return connection;
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_};
  std::uint16_t port_ = 0;
  net::EventLoop loop_;
  Resolver resolver_;
  Events events_;
  PoolLimits limits_;
  User user_;
};

TEST_F(PoolsTest, TheLastUsedIsTakenFirstAndTheIdleAreBounded) {
  Pools pools(loop_, resolver_, events_, limits_);
  EndpointPool& pool = pools.of(endpoint(1));
  auto a = connected(pool);
  auto b = connected(pool);
  auto c = connected(pool);
  Connection* const second = b.get();
  pool.give_back(std::move(a));
  pool.give_back(std::move(b));
  pool.give_back(std::move(c));
  EXPECT_EQ(pool.idle(), 2U);
  const auto again = pool.take_idle();
  EXPECT_EQ(again.get(), second);
  EXPECT_TRUE(again->reused());
  EXPECT_EQ(events_.ok, 3);
}

TEST_F(PoolsTest, UnreachableIsToldInALaterTurnAndAvoidedForAWhile) {
  acceptor_.close();
  Pools pools(loop_, resolver_, events_, limits_);
  EndpointPool& pool = pools.of(endpoint(1));
  EXPECT_FALSE(pools.avoided(1));
  const auto connection = pool.dial(user_);
  EXPECT_EQ(wait(), "unreachable: Connection refused");
  EXPECT_TRUE(pools.avoided(1));
  EXPECT_EQ(events_.failed, 1);
}

TEST_F(PoolsTest, NamesAreResolvedOnceAndFailuresAreTold) {
  Pools pools(loop_, resolver_, events_, limits_);
  EndpointPool& pool = pools.of(endpoint(1, "homeserver.test", true));
  const auto first = connected(pool);
  const auto second = connected(pool);
  EXPECT_EQ(resolver_.asked, 1);
  const auto third = pools.of(endpoint(2, "nowhere.test", true)).dial(user_);
  EXPECT_EQ(wait(), "unreachable: the name nowhere.test does not resolve");
}

TEST_F(PoolsTest, AnIdleConnectionThatThePeerClosesOrSpeaksOnLeavesThePool) {
  for (const bool speaks : {false, true}) {
    Pools pools(loop_, resolver_, events_, limits_);
    EndpointPool& pool = pools.of(endpoint(1));
    auto connection = connected(pool);
    tcp::socket peer = acceptor_.accept();
    EXPECT_EQ(connection->quiet(), Connection::Quiet::yes);
    pool.give_back(std::move(connection));
    if (speaks) {
      asio::write(peer, asio::buffer("HTTP/1.1 408 \r\n\r\n", 17));
    } else {
      peer.close();
    }
    std::function<void()> until_empty = [&] {
      if (pool.idle() == 0) {
        loop_.stop();
      } else {
        loop_.post(until_empty);
      }
    };
    loop_.post(until_empty);
    loop_.run();
    EXPECT_EQ(pool.idle(), 0U);
  }
}

TEST_F(PoolsTest, PoolsOfVanishedEndpointsKeepNothingIdle) {
  Pools pools(loop_, resolver_, events_, limits_);
  EndpointPool& gone = pools.of(endpoint(1));
  pools.of(endpoint(2));
  auto idle = connected(gone);
  auto in_use = connected(gone);
  gone.give_back(std::move(idle));
  pools.keep_only({2});
  EXPECT_EQ(pools.size(), 1U);
  EXPECT_EQ(gone.idle(), 0U);
  EXPECT_FALSE(gone.unused());
  gone.give_back(std::move(in_use));  // its request went on to the end
  EXPECT_EQ(gone.idle(), 0U);
  EXPECT_TRUE(gone.unused());
}

}  // namespace
}  // namespace palpo::upstream
