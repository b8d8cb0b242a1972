// SPDX-License-Identifier: Apache-2.0
// What the tests of the socket share: a directory of their own, a peer driven by hand, a loop run until
// something holds. One thread.
#pragma once
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dataplane/api/unix_stream.h"

namespace palpo::api {

using namespace std::chrono_literals;
using Channel = std::shared_ptr<FrameChannel>;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "palpo-XXXXXX").string();
    PALPO_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A connected descriptor that the test reads and writes by hand: the hostile peer.
class RawPeer {
 public:
  explicit RawPeer(int socket) : socket_(socket) {}
  ~RawPeer() { close(); }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  void send(std::string_view bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  std::string take() {
    std::string bytes(std::size_t{1} << 16, '\0');
    const auto size = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }
  // As much as the peer takes; false when it closed.
  bool push(std::string_view bytes) { return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0; }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
};

struct Closed {
  std::optional<Error> reason;
  int times = 0;
};

class UnixStream : public ::testing::Test {
 protected:
  // Runs the loop until it holds; false when it never does.
  bool until(const std::function<bool()>& holds) {
    const auto end = Clock::now() + 20s;
    io.restart();
    while (!holds() && Clock::now() < end) io.run_one_for(50ms);
    return holds();
  }

  FrameChannel::Handlers collecting(std::vector<Frame>& frames, Closed& closed) {
    return {[&frames](Frame frame) -> Result<void> {
              frames.push_back(std::move(frame));
              return {};
            },
            [&closed](const Error& reason) {
              closed.reason = reason;
              ++closed.times;
            }};
  }

  // A channel of ours and the other end of its socket.
  std::pair<Channel, std::unique_ptr<RawPeer>> hostile(FrameChannel::Limits given) {
    int ends[2];
    PALPO_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    auto channel = FrameChannel::adopt({io, asio::local::stream_protocol(), ends[0]}, given);
    return {*channel, std::make_unique<RawPeer>(ends[1])};
  }

  // Both ends through a listening socket.
  std::pair<Channel, Channel> connected(FrameAcceptor& acceptor, const std::string& path) {
    Channel server;
    Channel client;
    const auto listening = acceptor.listen(path, limits, [&](Channel peer) { server = std::move(peer); });
    EXPECT_TRUE(listening.ok()) << (listening ? "" : listening.error().message);
    connect_frame_channel(io, path, limits, [&](Result<Channel> done) {
      ASSERT_TRUE(done.ok()) << done.error().message;
      client = *done;
    });
    EXPECT_TRUE(until([&] { return server && client; }));
    return {server, client};
  }

  asio::io_context io;
  TemporaryDirectory directory;
  FrameChannel::Limits limits;
};

}  // namespace palpo::api
