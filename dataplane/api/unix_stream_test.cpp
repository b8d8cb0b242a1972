// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/unix_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/clock.h"
#include "dataplane/api/socket_path.h"

namespace palpo::api {
namespace {

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
    raw->send(encode_frame(FrameKind::pong, ""));  // it lives, but takes nothing
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

TEST_F(UnixStream, PathsAreClosedToOthersWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const auto path = directory / ("made" + std::to_string(mask) + "/socket");
    const auto old = ::umask(mask);
    FrameAcceptor acceptor(io);
    const auto listening = acceptor.listen(path, limits, [](const Channel&) {});
    ::umask(old);
    ASSERT_TRUE(listening.ok()) << listening.error().message;
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600U);
    ASSERT_EQ(::stat(std::filesystem::path(path).parent_path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0700U);
    acceptor.close();
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

TEST_F(UnixStream, PathsThatWillNotDoAreRefusedInWords) {
  const auto refusal = [&](const std::string& path) {
    FrameAcceptor acceptor(io);
    const auto listening = acceptor.listen(path, limits, [](const Channel&) {});
    return listening ? "" : listening.error().message;
  };
  ASSERT_EQ(::mkdir((directory / "open").c_str(), 0700), 0);
  for (const mode_t mode : {0755, 0770, 0701, 0777}) {
    ASSERT_EQ(::chmod((directory / "open").c_str(), mode), 0);
    EXPECT_EQ(refusal(directory / "open/socket"), "the socket's directory " + directory.path() +
                                                      "/open is open to other users; its mode must be 0700");
  }
  std::ofstream(directory / "file") << "text";
  EXPECT_EQ(refusal(directory / "file"),
            (directory / "file") + " exists and is not a socket; it is left alone");
  EXPECT_EQ(refusal(directory / "file/socket"),
            "the socket's directory " + (directory / "file") + " is not a directory");
  EXPECT_NE(refusal(directory / "missing/deeper/socket").find("cannot be created"), std::string::npos);
  EXPECT_NE(refusal(directory / std::string(200, 'x')).find("is too long: at most 107 bytes"),
            std::string::npos);
  EXPECT_EQ(refusal(""), "the socket path is empty");
  ASSERT_EQ(::symlink(directory.path().c_str(), (directory / "link").c_str()), 0);
  EXPECT_NE(refusal(directory / "link/socket").find("is not a directory"), std::string::npos);
}

TEST_F(UnixStream, AStaleSocketIsReplacedALiveOneIsNot) {
  const auto path = directory / "socket";
  { asio::local::stream_protocol::acceptor crashed(io, asio::local::stream_protocol::endpoint(path)); }
  ASSERT_TRUE(std::filesystem::exists(path)) << "left behind";
  FrameAcceptor first(io);
  const auto listening = first.listen(path, limits, [](const Channel&) {});
  ASSERT_TRUE(listening.ok()) << listening.error().message;
  FrameAcceptor second(io);
  const auto refused = second.listen(path, limits, [](const Channel&) {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_EQ(refused.error().message, "another process listens at " + path);
  EXPECT_TRUE(std::filesystem::exists(path)) << "the refused one must not remove it";
}

TEST_F(UnixStream, AnAcceptorRemovesItsOwnSocketOnly) {
  const auto path = directory / "socket";
  FrameAcceptor first(io);
  ASSERT_TRUE(first.listen(path, limits, [](const Channel&) {}).ok());
  ASSERT_EQ(::unlink(path.c_str()), 0);
  FrameAcceptor second(io);
  ASSERT_TRUE(second.listen(path, limits, [](const Channel&) {}).ok());
  first.close();
  EXPECT_TRUE(std::filesystem::exists(path));
  second.close();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixStream, DialingNobodyIsAnErrorLater) {
  std::optional<Result<Channel>> result;
  connect_frame_channel(io, directory / "nobody", limits,
                        [&](Result<Channel> done) { result = std::move(done); });
  EXPECT_FALSE(result) << "never inside a call";
  ASSERT_TRUE(until([&] { return result.has_value(); }));
  ASSERT_FALSE(result->ok());
  EXPECT_EQ(result->error().kind, ErrorKind::unavailable);
  EXPECT_EQ(result->error().message,
            "nobody listens at " + (directory / "nobody") + ": No such file or directory");
}

TEST_F(UnixStream, DialingAFullQueueIsAnErrorNotAHang) {
  const auto path = directory / "socket";
  asio::local::stream_protocol::acceptor busy(io, asio::local::stream_protocol());
  busy.bind(asio::local::stream_protocol::endpoint(path));
  busy.listen(0);
  std::vector<std::unique_ptr<RawPeer>> waiting;
  for (int i = 0; i < 8; ++i) {
    auto socket = connect_unix_socket(path);
    if (!socket) {
      EXPECT_EQ(socket.error().message, "the listener at " + path + " accepts nobody now");
      return;
    }
    waiting.push_back(std::make_unique<RawPeer>(*socket));
  }
  FAIL() << "a queue of none took eight";
}

// Runs in a child process of another user; answers its exit code.
int as_nobody(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    ::_exit(dropped ? act() : 99);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(UnixStream, AnotherUsersProcessIsRefusedOnBothSides) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  // The listener: a child of another user holds the other end; it must see the connection closed without a
  // byte.
  const auto path = directory / "socket";
  FrameAcceptor acceptor(io);
  int accepted = 0;
  ASSERT_TRUE(acceptor.listen(path, limits, [&](const Channel&) { ++accepted; }).ok());
  ASSERT_EQ(::chmod(directory.path().c_str(), 0777), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0777), 0);
  bool done = false;
  int code = -1;
  std::thread child([&] {
    code = as_nobody([&] {
      const auto socket = connect_unix_socket(path);
      if (!socket) return 1;
      ::fcntl(*socket, F_SETFL, 0);
      char byte = 0;
      return ::recv(*socket, &byte, 1, 0) == 0 ? 0 : 2;
    });
    asio::post(io, [&] { done = true; });
  });
  EXPECT_TRUE(until([&] { return done; }));
  child.join();
  EXPECT_EQ(code, 0);
  EXPECT_EQ(accepted, 0);

  // The dialler: another user listens.
  ASSERT_EQ(::chmod(directory.path().c_str(), 0777), 0);
  const auto theirs = directory / "theirs";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  std::thread listener([&] {
    code = as_nobody([&] {
      const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      theirs.copy(address.sun_path, sizeof address.sun_path - 1);
      if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
          ::listen(socket, 1) != 0)
        return 1;
      if (::write(ready[1], "x", 1) != 1) return 2;
      char byte = 0;
      return ::recv(::accept(socket, nullptr, nullptr), &byte, 1, 0) == 0 ? 0 : 3;
    });
  });
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  std::optional<Result<Channel>> result;
  connect_frame_channel(io, theirs, limits, [&](Result<Channel> outcome) { result = std::move(outcome); });
  EXPECT_TRUE(until([&] { return result.has_value(); }));
  listener.join();
  ::close(ready[0]);
  ::close(ready[1]);
  ASSERT_FALSE(result->ok());
  EXPECT_EQ(result->error().kind, ErrorKind::forbidden);
  EXPECT_NE(result->error().message.find("uid 65534) is another user's process; this one is uid 0"),
            std::string::npos)
      << result->error().message;
  EXPECT_EQ(code, 0);
}

TEST_F(UnixStream, ADirectoryOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  ASSERT_EQ(::mkdir((directory / "theirs").c_str(), 0700), 0);
  ASSERT_EQ(::chown((directory / "theirs").c_str(), 65534, 65534), 0);
  FrameAcceptor acceptor(io);
  const auto listening = acceptor.listen(directory / "theirs/socket", limits, [](const Channel&) {});
  ASSERT_FALSE(listening.ok());
  EXPECT_NE(listening.error().message.find("belongs to uid 65534, not to this process's uid 0"),
            std::string::npos);
}

}  // namespace
}  // namespace palpo::api
