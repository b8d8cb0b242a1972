// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/unix_stream.h"

#include <gtest/gtest.h>

#include <thread>

#include "dataplane/api/socket_fixture.h"

namespace palpo::api {
namespace {

TEST_F(UnixStream, CarriesFramesAndKeysBothWays) {
  FrameAcceptor acceptor(io);
  auto [server, client] = connected(acceptor, directory / "socket");
  EXPECT_EQ(server->peer().uid, ::geteuid());
  EXPECT_EQ(client->peer().pid, ::getpid());
  EXPECT_EQ(client->peer().text(),
            "pid " + std::to_string(::getpid()) + " uid " + std::to_string(::geteuid()));

  std::vector<Frame> at_server;
  std::vector<Frame> at_client;
  Closed server_closed;
  Closed client_closed;
  server->start(collecting(at_server, server_closed));
  client->send(FrameKind::hello, "before start");  // waits for it
  client->start(collecting(at_client, client_closed));

  const auto key = std::make_shared<const PrivateKey>(
      PrivateKey{std::string(64, 'a'), SecretBytes::copy_of("-----BEGIN PRIVATE KEY-----")});
  const std::string large(std::size_t{5} << 20, 'x');
  server->send(FrameKind::welcome, "w");
  for (int i = 0; i < 200; ++i) server->send_key(key);
  server->send(FrameKind::update, large);
  ASSERT_TRUE(until([&] { return at_client.size() == 202 && at_server.size() == 1; }));
  EXPECT_EQ(at_server[0].payload, "before start");
  EXPECT_EQ(at_client[0].payload, "w");
  for (int i = 1; i <= 200; ++i) {
    EXPECT_EQ(at_client[i].kind, FrameKind::key);
    EXPECT_TRUE(at_client[i].payload.empty());
    EXPECT_EQ(at_client[i].secret.reveal(), std::string(64, 'a') + "-----BEGIN PRIVATE KEY-----");
  }
  EXPECT_EQ(at_client[201].payload, large);

  client->close();
  ASSERT_TRUE(until([&] { return server_closed.times == 1; }));
  EXPECT_EQ(server_closed.reason->message, "the peer closed the connection");
  EXPECT_EQ(client_closed.times, 0) << "who closes is not told";
}

TEST_F(UnixStream, KeepsAQuietConnectionAliveByPings) {
  limits.idle = 150ms;
  limits.ping_interval = 20ms;
  FrameAcceptor acceptor(io);
  auto [server, client] = connected(acceptor, directory / "socket");
  std::vector<Frame> frames;
  Closed closed;
  server->start(collecting(frames, closed));
  client->start(collecting(frames, closed));
  const auto later = Clock::now() + 600ms;
  EXPECT_TRUE(until([&] { return Clock::now() > later || closed.times != 0; }));
  EXPECT_EQ(closed.times, 0) << closed.reason->message;
  EXPECT_TRUE(frames.empty()) << "pings and pongs stay inside";
}

TEST_F(UnixStream, ClosesHostilePeersAndSaysWhy) {
  struct Case {
    std::string bytes;
    bool then_closes;
    ErrorKind kind;
    std::string reason;
  };
  const std::string oversize("\x10\x00\x00\x01\x04", 5);
  const std::string truncated = encode_frame(FrameKind::hello, "{\"protocol\":1").substr(0, 10);
  const Case cases[] = {
      {oversize, false, ErrorKind::limit,
       "a frame of kind update claims 268435457 bytes; at most 268435456 are allowed"},
      {std::string("\xff\xff\xff\xff\x05", 5), false, ErrorKind::limit,
       "a frame of kind ack claims 4294967295 bytes; at most 4096 are allowed"},
      {std::string("\0\0\0\1\x63", 5), false, ErrorKind::invalid, "a frame of unknown kind 99 and 1 bytes"},
      {"GET / HTTP/1.1\r\n\r\n", false, ErrorKind::invalid,
       "a frame of unknown kind 47 and 1195725856 bytes"},
      {truncated, false, ErrorKind::timeout, "the peer sent nothing for 150 ms, in the middle of a frame"},
      {std::string(1, '\0'), false, ErrorKind::timeout,
       "the peer sent nothing for 150 ms, in the middle of a frame"},
      {"", false, ErrorKind::timeout, "the peer sent nothing for 150 ms"},
      {truncated, true, ErrorKind::unavailable, "the peer closed the connection, in the middle of a frame"},
      {"", true, ErrorKind::unavailable, "the peer closed the connection"},
  };
  limits.idle = 150ms;
  for (const auto& each : cases) {
    auto [channel, peer] = hostile(limits);
    std::vector<Frame> frames;
    Closed closed;
    channel->start(collecting(frames, closed));
    if (!each.bytes.empty()) peer->send(each.bytes);
    if (each.then_closes) peer->close();
    ASSERT_TRUE(until([&] { return closed.times == 1; })) << each.reason;
    EXPECT_EQ(closed.reason->message, each.reason);
    EXPECT_EQ(closed.reason->kind, each.kind) << each.reason;
    EXPECT_TRUE(frames.empty());
  }
}

TEST_F(UnixStream, AFrameInHalvesIsOneFrame) {
  auto [channel, peer] = hostile(limits);
  std::vector<Frame> frames;
  Closed closed;
  channel->start(collecting(frames, closed));
  const auto bytes = encode_frame(FrameKind::ack, "payload");
  for (const char c : bytes) {
    peer->send({&c, 1});
    io.poll();
  }
  ASSERT_TRUE(until([&] { return frames.size() == 1; }));
  EXPECT_EQ(frames[0].payload, "payload");
}

TEST_F(UnixStream, APeerThatNeverReadsIsClosedByTime) {
  limits.idle = 200ms;
  auto [channel, peer] = hostile(limits);
  std::vector<Frame> frames;
  Closed closed;
  channel->start(collecting(frames, closed));
  channel->send(FrameKind::update, std::string(std::size_t{8} << 20, 'x'));
  auto next = Clock::now();
  ASSERT_TRUE(until([&, raw = peer.get()] {
    if (Clock::now() < next || closed.times != 0) return closed.times == 1;
    raw->push(encode_frame(FrameKind::pong, ""));  // it lives, but takes nothing
    next = Clock::now() + 20ms;
    return false;
  }));
  EXPECT_EQ(closed.reason->message, "the peer took nothing for 200 ms");
}

TEST_F(UnixStream, APeerThatNeverReadsIsClosedByTheQueuesBound) {
  limits.queued_bytes = std::size_t{4} << 20;
  auto [channel, peer] = hostile(limits);
  std::vector<Frame> frames;
  Closed closed;
  channel->start(collecting(frames, closed));
  for (int i = 0; i < 10; ++i) channel->send(FrameKind::update, std::string(std::size_t{1} << 20, 'x'));
  EXPECT_EQ(closed.times, 0) << "never inside a call";
  ASSERT_TRUE(until([&] { return closed.times == 1; }));
  EXPECT_EQ(closed.reason->kind, ErrorKind::limit);
  EXPECT_EQ(closed.reason->message.substr(0, 22), "the peer does not read");
  channel->send(FrameKind::ack, "after the end");  // nothing happens
  io.restart();
  io.poll();
  EXPECT_EQ(closed.times, 1);
}

TEST_F(UnixStream, AFloodOfPingsIsBounded) {
  limits.queued_bytes = std::size_t{1} << 20;
  auto [channel, peer] = hostile(limits);
  std::vector<Frame> frames;
  Closed closed;
  channel->start(collecting(frames, closed));
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += encode_frame(FrameKind::ping, "");
  std::thread flood([&, raw = peer.get()] {
    for (int i = 0; i < 10'000 && raw->push(pings); ++i) {
    }
  });
  EXPECT_TRUE(until([&] { return closed.times == 1; }));
  flood.join();
  EXPECT_EQ(closed.reason->kind, ErrorKind::limit);
}

TEST_F(UnixStream, AFrameTooLargeForItsKindIsNotSent) {
  for (const bool key : {false, true}) {
    auto [channel, peer] = hostile(limits);
    std::vector<Frame> frames;
    Closed closed;
    channel->start(collecting(frames, closed));
    const std::string large(70'000, 'x');
    if (key)
      channel->send_key(
          std::make_shared<const PrivateKey>(PrivateKey{std::string(64, 'a'), SecretBytes::copy_of(large)}));
    else
      channel->send(FrameKind::ack, large);
    ASSERT_TRUE(until([&] { return closed.times == 1; }));
    EXPECT_EQ(closed.reason->kind, ErrorKind::limit);
    EXPECT_EQ(closed.reason->message.find("xxx"), std::string::npos);
    EXPECT_EQ(peer->take(), "");
  }
}

TEST_F(UnixStream, ARefusedFrameClosesWithItsReason) {
  auto [channel, peer] = hostile(limits);
  Closed closed;
  int frames = 0;
  channel->start({[&](Frame) -> Result<void> {
                    ++frames;
                    return invalid("not now");
                  },
                  [&](const Error& reason) {
                    closed = {reason, closed.times + 1};
                  }});
  peer->send(encode_frame(FrameKind::ack, "1") + encode_frame(FrameKind::ack, "2"));
  ASSERT_TRUE(until([&] { return closed.times == 1; }));
  EXPECT_EQ(closed.reason->message, "not now");
  EXPECT_EQ(frames, 1);
}

// The owner lets go, or closes, from within its own callbacks and between a fault and its telling.
TEST_F(UnixStream, OwnersMayLeaveAtAnyTime) {
  for (const bool drop : {false, true}) {
    auto [channel, peer] = hostile(limits);
    int frames = 0;
    int closes = 0;
    auto holder = std::make_shared<Channel>(std::move(channel));
    const auto kept = std::make_shared<std::string>("handlers live while they run");
    (*holder)->start({[&frames, holder, drop, kept](Frame) -> Result<void> {
                        ++frames;
                        if (drop)
                          holder->reset();
                        else
                          (*holder)->close();
                        EXPECT_EQ(kept->size(), 28U);
                        return {};
                      },
                      [&closes, holder](const Error&) { ++closes; }});
    peer->send(encode_frame(FrameKind::ack, "1") + encode_frame(FrameKind::ack, "2"));
    ASSERT_TRUE(until([&] { return frames == 1; }));
    io.restart();
    io.poll();
    EXPECT_EQ(frames, 1);
    EXPECT_EQ(closes, 0);
    EXPECT_EQ(kept.use_count(), 1) << "handlers are let go";
  }
  auto [channel, peer] = hostile(limits);
  std::vector<Frame> frames;
  Closed closed;
  channel->start(collecting(frames, closed));
  channel->send(FrameKind::ack, std::string(5000, 'x'));  // a fault, to be told soon
  channel->close();
  io.restart();
  io.poll();
  EXPECT_EQ(closed.times, 0);
}

}  // namespace
}  // namespace palpo::api
