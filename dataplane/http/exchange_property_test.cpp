// SPDX-License-Identifier: Apache-2.0
// Random orders of what clients, upstreams, the clock and a drain do. Whatever the order: each request ends
// in exactly one outcome, nothing is sent after the end, a side that is paused is resumed, buffers are
// bounded.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dataplane/http/exchange.h"
#include "dataplane/http/serving_fixture.h"
#include "dataplane/message/head_parser.h"

namespace palpo::http {
namespace {

using std::chrono::milliseconds;
using Stage = FakeConnection::Stage;

constexpr std::size_t kAll = SIZE_MAX;
constexpr std::size_t kBound = 256 * 1024;

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  std::size_t upto(std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(random_); }
  bool one_in(std::size_t n) { return upto(n - 1) == 0; }
  template <class T>
  const T& some(const std::vector<T>& list) {
    return list[upto(list.size() - 1)];
  }

 private:
  std::mt19937 random_;
};

// A stream of a protocol that has many: no framing, calls are recorded and held against the rules.
class FakeStream final : public ClientStream {
 public:
  explicit FakeStream(ExchangeShared& shared) : exchange(shared, *this) {}

  const ClientInfo& client() const override { return info_; }
  bool may_ask_for(std::string_view) override { return true; }
  void send_interim(const ResponseHead&) override { expect_open(); }
  Flow send_head(const ResponseHead&, std::string_view piece, bool end) override {
    EXPECT_FALSE(std::exchange(head_sent, true)) << "a second head";
    return send_body(piece, end);
  }
  Flow send_body(std::string_view piece, bool end) override {
    expect_open();
    EXPECT_TRUE(head_sent);
    if (slow) queued += piece.size();
    if (end) sent_all = true;
    return drained() ? Flow::go : Flow::wait;
  }
  bool drained() const override { return queued == 0; }
  void abort() override { be_over(); }
  void pause_request() override { EXPECT_FALSE(std::exchange(paused, true)); }
  void resume_request() override { EXPECT_TRUE(std::exchange(paused, false)); }
  void finished() override {
    EXPECT_TRUE(sent_all) << "finished without an end";
    be_over();
  }

  void take(std::size_t most) {
    const bool was_slow = queued > 0;
    queued -= std::min(most, queued);
    if (!was_slow || over) return;
    if (queued == 0) {
      exchange.on_client_drained();
    } else {
      exchange.on_client_progress();
    }
  }
  void expect_open() const { EXPECT_FALSE(over) << "sent after the end"; }
  void be_over() { EXPECT_FALSE(std::exchange(over, true)) << "ended twice"; }

  Exchange exchange;
  bool head_sent = false;
  bool sent_all = false;
  bool over = false;
  bool paused = false;
  bool slow = false;
  std::size_t queued = 0;
  std::size_t body_left = 0;
  bool body_open = false;

 private:
  ClientInfo info_;
};

class StreamsProperty {
 public:
  explicit StreamsProperty(unsigned seed) : dice_(seed) {}

  void run(std::size_t steps) {
    for (std::size_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      step();
      check();
    }
    settle();
    for (const auto& stream : streams_) {
      EXPECT_TRUE(stream->over);
      EXPECT_FALSE(stream->exchange.active());
    }
    EXPECT_EQ(serving_.outcomes(), streams_.size());
    EXPECT_TRUE(serving_.upstreams.in(Stage::used).empty());
    EXPECT_TRUE(serving_.upstreams.in(Stage::dialing).empty());
  }

 private:
  void step() {
    switch (dice_.upto(9)) {
      case 0:
        return begin();
      case 1:
        return with_stream([&](FakeStream& s) { send_body(s); });
      case 2:
        return with_stream([&](FakeStream& s) { s.slow = !s.slow; });
      case 3:
        return with_stream([&](FakeStream& s) { s.take(dice_.one_in(2) ? kAll : dice_.upto(2000)); });
      case 4:
        if (dice_.one_in(4)) with_stream([&](FakeStream& s) { leave(s); });
        return;
      case 5:
        return with_upstream(Stage::dialing,
                             [&](FakeConnection& c) { dice_.one_in(4) ? c.refuse() : c.connect(); });
      case 6:
      case 7:
        return with_upstream(Stage::used, [&](FakeConnection& c) { answer(c); });
      case 8:
        return with_upstream(Stage::used, [&](FakeConnection& c) {
          if (dice_.one_in(2)) return c.be_slow(dice_.one_in(2));
          c.take(dice_.one_in(2) ? kAll : dice_.upto(2000));
        });
      default:
        return serving_.pass(milliseconds(dice_.one_in(20) ? 70'000 : dice_.upto(3000)));
    }
  }

  void begin() {
    static const std::vector<std::string> kTargets{"/", "/own", "/_matrix/client/v3/sync?timeout=30000",
                                                   "/_matrix/media/v3/upload"};
    static const std::vector<std::string> kHosts{"h.test", "h.test", "two.test", "nobody.test"};
    const std::size_t size = dice_.one_in(2) ? 0 : dice_.upto(200'000);
    const bool chunked = size > 0 && dice_.one_in(2);
    const std::string text = std::string(size == 0         ? "GET "
                                         : dice_.one_in(2) ? "PUT "
                                                           : "POST ") +
                             dice_.some(kTargets) + " HTTP/1.1\r\nHost: " + dice_.some(kHosts) + "\r\n" +
                             (chunked    ? "Transfer-Encoding: chunked\r\n"
                              : size > 0 ? "Content-Length: " + std::to_string(size) + "\r\n"
                                         : std::string()) +
                             "\r\n";
    RequestHead head;
    ASSERT_FALSE(parse_request_head(text, head));
    FakeStream& stream = *streams_.emplace_back(std::make_unique<FakeStream>(serving_.shared));
    stream.body_left = size;
    stream.body_open = size > 0;
    stream.exchange.start(head, {}, size == 0);
  }

  void send_body(FakeStream& stream) {
    if (!stream.body_open || stream.paused) return;
    if (dice_.one_in(40)) return stream.exchange.on_malformed_body();
    const std::size_t size = std::min(stream.body_left, dice_.upto(16'000));
    stream.body_left -= size;
    stream.body_open = stream.body_left > 0;
    stream.exchange.on_request_body(std::string(size, 'x'), !stream.body_open);
  }

  static void leave(FakeStream& stream) {
    stream.exchange.on_client_gone();
    stream.be_over();
  }

  void answer(FakeConnection& connection) {
    static const std::vector<std::string> kPieces{
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 20",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        std::string(10'000, 'y'),
    };
    if (connection.paused()) return connection.deliver();
    if (dice_.one_in(8)) return connection.end(dice_.one_in(2));
    connection.answer(dice_.some(kPieces));
  }

  template <class Do>
  void with_stream(Do&& act) {
    std::vector<FakeStream*> open;
    for (const auto& stream : streams_) {
      if (!stream->over) open.push_back(stream.get());
    }
    if (!open.empty()) act(*dice_.some(open));
  }
  template <class Do>
  void with_upstream(Stage stage, Do&& act) {
    const auto connections = serving_.upstreams.in(stage);
    if (!connections.empty()) act(*dice_.some(connections));
  }

  void check() {
    std::size_t over = 0;
    for (const auto& stream : streams_) {
      EXPECT_NE(stream->over, stream->exchange.active());
      EXPECT_LT(stream->queued, kBound);
      if (stream->over) ++over;
    }
    EXPECT_EQ(serving_.outcomes(), over);
    const bool somebody_is_slow = std::any_of(streams_.begin(), streams_.end(), [](const auto& stream) {
      return !stream->over && stream->queued > 0;
    });
    for (const FakeConnection* connection : serving_.upstreams.in(Stage::used)) {
      EXPECT_LT(connection->queued(), kBound);
      if (connection->paused()) {
        EXPECT_TRUE(somebody_is_slow) << "an upstream waits for nobody";
      }
    }
  }

  // Everybody does his part, or time ends it.
  void settle() {
    for (int i = 0; i < 20; ++i) {
      for (const auto& stream : streams_) {
        stream->slow = false;
        if (!stream->over) stream->take(kAll);
      }
      for (FakeConnection* connection : serving_.upstreams.in(Stage::used)) {
        connection->be_slow(false);
        connection->take(kAll);
      }
      for (const auto& stream : streams_) {
        if (stream->over) continue;
        if (stream->paused) {
          EXPECT_FALSE(serving_.upstreams.in(Stage::dialing).empty()) << "a client waits for nobody";
        }
      }
      for (FakeConnection* connection : serving_.upstreams.in(Stage::dialing)) connection->refuse();
      serving_.pass(milliseconds(700'000));
    }
  }

  Dice dice_;
  Serving serving_;
  std::vector<std::unique_ptr<FakeStream>> streams_;
};

TEST(ExchangeProperty, ManyStreamsInAnyOrder) {
  for (unsigned seed = 1; seed <= 400 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    StreamsProperty(seed).run(150);
  }
}

// The same with one HTTP/1.1 client, whose bytes are cut anywhere.
TEST(ExchangeProperty, AnHttp1ClientInAnyOrder) {
  static const std::vector<std::string> kRequests{
      "GET / HTTP/1.1\r\nHost: h.test\r\n\r\n",
      "GET /own HTTP/1.1\r\nHost: h.test\r\n\r\n",
      "PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 5\r\n\r\nhello",
      "POST / HTTP/1.1\r\nHost: two.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: h.test\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h.test\r\nHost: h.test\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
  };
  static const std::string kAnswers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\nhello"};
  for (unsigned seed = 1; seed <= 1500 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    Serving serving;
    FakeClient client(serving.shared);
    std::string to_say;
    std::uint64_t refused = 0;
    const auto within = [&](Stage stage) {
      const auto connections = serving.upstreams.in(stage);
      return connections.empty() ? nullptr : connections.front();
    };
    for (int i = 0; i < 80; ++i) {
      FakeConnection* const used = within(Stage::used);
      switch (dice.upto(9)) {
        case 0:
          if (to_say.empty()) to_say = dice.some(kRequests);
          break;
        case 1:
        case 2: {
          const std::size_t size = std::min(to_say.size(), 1 + dice.upto(60));
          if (client.end() == FakeClient::End::open) client.say(to_say.substr(0, size));
          to_say.erase(0, size);
          break;
        }
        case 3:
          client.be_slow(dice.one_in(2));
          break;
        case 4:
          client.take(dice.one_in(2) ? kAll : dice.upto(50));
          client.turn();
          break;
        case 5:
          if (FakeConnection* dialing = within(Stage::dialing))
            dice.one_in(4) ? dialing->refuse() : dialing->connect();
          break;
        case 6:
          if (used != nullptr) used->answer(kAnswers[dice.upto(2)]);
          client.turn();
          break;
        case 7:
          if (used != nullptr && dice.one_in(3)) used->end(dice.one_in(2));
          client.turn();
          break;
        case 8:
          if (client.end() == FakeClient::End::open && dice.one_in(10)) client.codec().begin_drain();
          if (client.end() == FakeClient::End::open && dice.one_in(30)) client.leave();
          break;
        default:
          serving.pass(milliseconds(dice.one_in(10) ? 70'000 : dice.upto(2000)));
          client.turn();
      }
      ASSERT_LT(client.queued(), kBound);
      ASSERT_LT(client.unread(), kBound);
    }
    client.be_slow(false);
    client.take(kAll);
    if (client.end() == FakeClient::End::open) client.leave();
    // A head that is refused asks for no host, and ends the connection.
    refused = serving.outcomes() - static_cast<std::uint64_t>(client.asked());
    ASSERT_LE(refused, 1U);
    ASSERT_TRUE(serving.upstreams.in(Stage::used).empty());
    ASSERT_TRUE(serving.upstreams.in(Stage::dialing).empty());
    ASSERT_FALSE(client.closed() && client.waits());
  }
}

}  // namespace
}  // namespace palpo::http
