// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/fuse.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>
#include <thread>

namespace palpo::kube {
namespace {

using namespace std::chrono_literals;

// Two ends of a TCP connection on loopback.
struct Pair {
  Pair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener, generic, size), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(::getsockname(listener, generic, &size), 0);
    ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(ours, generic, size), 0);
    theirs = ::accept(listener, nullptr, nullptr);
    ::close(listener);
  }
  ~Pair() {
    ::close(ours);
    ::close(theirs);
  }
  bool send() const { return ::send(ours, "x", 1, MSG_NOSIGNAL) == 1; }
  // Until the end: how many bytes came, and whether it was a reset.
  std::pair<std::size_t, bool> read_all() const {
    std::array<char, 65536> bytes{};
    std::size_t total = 0;
    while (true) {
      const auto got = ::recv(theirs, bytes.data(), bytes.size(), 0);
      if (got <= 0) return {total, got < 0 && errno == ECONNRESET};
      total += static_cast<std::size_t>(got);
    }
  }
  int ours = -1, theirs = -1;
};

constexpr auto kTimerLate = 20ms;  // an interrupt may come late on a machine that is shared

// Without a system call that would let the kernel handle signals.
void spin_until(BootClock::time_point when) {
  while (BootClock::now() < when) {
  }
}

TEST(Fuse, ASendThatWasDecidedBeforeTheDeadlineDoesNotHappenAfterIt) {
  const Pair pair;
  const auto deadline = BootClock::now() + 200ms;
  Fuse fuse;
  ASSERT_TRUE(fuse.arm(deadline));
  fuse.hold(pair.ours);
  ASSERT_FALSE(fuse.blown());
  // No look at the clock from here on, as in a process that is stopped between its look and its send.
  spin_until(deadline + kTimerLate);
  EXPECT_FALSE(pair.send());
  EXPECT_EQ(pair.read_all(), (std::pair<std::size_t, bool>(0, true)));
}

TEST(Fuse, BeforeTheDeadlineItDoesNothing) {
  const Pair pair;
  Fuse fuse;
  ASSERT_TRUE(fuse.arm(BootClock::now() + 1h));
  fuse.hold(pair.ours);
  EXPECT_TRUE(fuse.holds_connection());
  EXPECT_TRUE(pair.send());
  fuse.spare();
  EXPECT_TRUE(pair.send());
}

TEST(Fuse, WhatWasSpareIsNotCutLater) {
  const Pair pair;
  const auto deadline = BootClock::now() + 5ms;
  {
    Fuse fuse;
    ASSERT_TRUE(fuse.arm(deadline));
    fuse.hold(pair.ours);
    fuse.spare();
  }
  Fuse next;  // takes the same slot
  ASSERT_TRUE(next.arm(BootClock::now() + 1h));
  next.hold(pair.ours);
  spin_until(deadline + kTimerLate);
  EXPECT_TRUE(pair.send());
  next.spare();
}

TEST(Fuse, WhatTheKernelHasNotSentYetIsThrownAway) {
  const Pair pair;
  ASSERT_EQ(::fcntl(pair.ours, F_SETFL, O_NONBLOCK), 0);
  const std::string block(65536, 'x');
  std::size_t accepted = 0;
  for (ssize_t got = 1; got > 0;) {
    got = ::send(pair.ours, block.data(), block.size(), MSG_NOSIGNAL);
    if (got > 0) accepted += static_cast<std::size_t>(got);
  }
  {
    Fuse fuse;
    ASSERT_TRUE(fuse.arm(BootClock::now() + 1h));
    fuse.hold(pair.ours);
  }
  const auto [came, reset] = pair.read_all();
  EXPECT_LT(came, accepted);
  EXPECT_TRUE(reset);
}

TEST(Fuse, ASocketThatIsHeldAfterTheDeadlineIsCutAtOnce) {
  const Pair pair;
  Fuse fuse;
  ASSERT_TRUE(fuse.arm(BootClock::now() - 1ms));
  EXPECT_TRUE(fuse.blown());
  fuse.hold(pair.ours);
  EXPECT_FALSE(fuse.holds_connection());
  EXPECT_FALSE(pair.send());
}

TEST(Fuse, TheThreadThatArmedItIsTheOneThatIsInterrupted) {
  const Pair pair;
  const auto deadline = BootClock::now() + 20ms;
  Fuse fuse;
  std::promise<void> armed;
  auto sender = std::async(std::launch::async, [&] {
    const bool made = fuse.arm(deadline);
    fuse.hold(pair.ours);
    armed.set_value();
    spin_until(deadline + kTimerLate);
    return made && !pair.send();
  });
  armed.get_future().wait();
  EXPECT_TRUE(sender.get());
}

}  // namespace
}  // namespace palpo::kube
