// SPDX-License-Identifier: Apache-2.0
// Places, descriptors and the kernel's watches run out. The kernel's part is played by this program's own
// epoll_ctl, accept4 and socket, which fail as often as they are told.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "dataplane/http/proxy_fixture.h"

namespace {

std::atomic<int> failing_watches{0};
std::atomic<int> failing_accepts{0};
std::atomic<int> failing_sockets{0};

bool fails(std::atomic<int>& left, int error) {
  for (int now = left.load(); now > 0;) {
    if (!left.compare_exchange_weak(now, now - 1)) continue;
    errno = error;
    return true;
  }
  return false;
}

}  // namespace

extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  if (operation == EPOLL_CTL_ADD && fails(failing_watches, ENOSPC)) return -1;
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

extern "C" int accept4(int fd, sockaddr* peer, socklen_t* size, int flags) {
  if (fails(failing_accepts, EMFILE)) return -1;
  return static_cast<int>(::syscall(SYS_accept4, fd, peer, size, flags));
}

extern "C" int socket(int domain, int type, int protocol) noexcept {
  if ((type & SOCK_NONBLOCK) != 0 && fails(failing_sockets, EMFILE)) return -1;
  return static_cast<int>(::syscall(SYS_socket, domain, type, protocol));
}

namespace palpo::http {
namespace {

class ShortageTest : public ProxyTest {
 protected:
  ~ShortageTest() override { failing_watches = failing_accepts = failing_sockets = 0; }

  ConfigDraft config() const {
    return plain_config().answer("h.test", "/own", {200, "text/plain", "", false, "own"});
  }
  // That many clients that have been served and keep their connections.
  std::vector<Wire> idle_clients(int count) {
    std::vector<Wire> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(client());
      clients.back().send(get("/own"));
      clients.back().read_message();
    }
    return clients;
  }
};

TEST_F(ShortageTest, AWatchThatCannotBeHadCostsOneConnection) {
  start(config());
  barrier();  // the listening sockets are watched
  failing_watches = 1;
  Wire refused = client();
  refused.wait_for_end();
  EXPECT_EQ(ask(get("/own")).body, "own");
  EXPECT_EQ(metrics_.accept_failures.value(), 1U);
  EXPECT_LE(metrics_.connections_open[0].value(), 1U);  // that of the question just asked
  Wire wire = client();                                 // and an upstream's one request
  wire.send(get("/own"));
  wire.read_message();
  failing_watches = 1;
  wire.send(get("/x"));
  EXPECT_EQ(wire.read_message().start_line(), "HTTP/1.1 503 Service Unavailable");
  EXPECT_EQ(failing_watches, 0);
}

TEST_F(ShortageTest, IdleClientsMakeRoomForNewOnesOldestFirst) {
  options_.connections = 40;
  start(config());
  std::vector<Wire> idle = idle_clients(40);
  idle[0].send(get("/own"));  // it is the last used now
  idle[0].read_message();
  std::vector<Wire> more;
  for (std::size_t i = 1; i <= 3; ++i) {
    more.push_back(client());
    more.back().send(get("/own"));
    EXPECT_EQ(more.back().read_message().body, "own");
    EXPECT_EQ(idle[i].wait_for_end(), Wire::End::finished);
    EXPECT_TRUE(idle[i + 1].quiet(0) || i == 3);
  }
  idle[0].send(get("/own"));
  EXPECT_EQ(idle[0].read_message().body, "own");
}

TEST_F(ShortageTest, WhoIsServedKeepsItsPlace) {
  options_.connections = 3;
  start(config());
  Wire polling = client();
  polling.send(get("/own") + get("/poll"));  // idle for a moment, in between
  EXPECT_EQ(polling.read_message().body, "own");
  Wire up = upstream_.accept();
  up.read_message();
  Wire begun = client();
  begun.send("GET /own HT");
  std::vector<Wire> idle = idle_clients(1);
  Wire next = client();
  next.send(get("/own"));
  EXPECT_EQ(next.read_message().body, "own");
  EXPECT_EQ(idle[0].wait_for_end(), Wire::End::finished);
  begun.send("TP/1.1\r\nHost: h.test\r\n\r\n");
  EXPECT_EQ(begun.read_message().body, "own");
  up.send(kOk);
  EXPECT_EQ(polling.read_message().body, "ok");
}

TEST_F(ShortageTest, WithoutADescriptorIdleClientsGoToo) {
  start(config());
  std::vector<Wire> idle = idle_clients(3);
  failing_accepts = 1;
  EXPECT_EQ(ask(get("/own")).body, "own");
  EXPECT_EQ(idle[0].wait_for_end(), Wire::End::finished);
  idle[2].send(get("/x"));
  failing_sockets = 1;  // the homeserver's connection needs one
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  EXPECT_EQ(idle[2].read_message().body, "ok");
}

TEST_F(ShortageTest, ConnectionsStayBelowTheirDescriptors) {
  options_.descriptors = 100;
  start(config());
  std::vector<Wire> idle = idle_clients(60);  // the test's own ends and the worker's: more than there are
  Wire wire = client();
  wire.send(get("/own"));
  EXPECT_EQ(wire.read_message().body, "own");
  barrier();
  EXPECT_LT(metrics_.connections_open[0].value(), 60U);
}

}  // namespace
}  // namespace palpo::http
