// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/socket_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fstream>
#include <thread>

#include "dataplane/api/socket_fixture.h"

namespace palpo::api {
namespace {

class SocketPath : public UnixStream {};

TEST_F(SocketPath, PathsAreClosedToOthersWhateverTheUmask) {
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

TEST_F(SocketPath, PathsThatWillNotDoAreRefusedInWords) {
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

TEST_F(SocketPath, AStaleSocketIsReplacedALiveOneIsNot) {
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

TEST_F(SocketPath, AnAcceptorRemovesItsOwnSocketOnly) {
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

TEST_F(SocketPath, DialingNobodyIsAnErrorLater) {
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

TEST_F(SocketPath, DialingAFullQueueIsAnErrorNotAHang) {
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

TEST_F(SocketPath, AnotherUsersProcessIsRefusedOnBothSides) {
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

TEST_F(SocketPath, ADirectoryOfAnotherUserIsRefused) {
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
