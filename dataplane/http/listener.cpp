// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace palpo::http {

namespace {
constexpr int kAcceptsPerTurn = 64;
constexpr int kNearTheLimit = 256;  // descriptors; further away, nobody looks

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}
}  // namespace

Listener::Listener(WorkerShared& shared, ConnectionTable& table, api::Listener kind, net::Fd socket)
    : shared_(shared), table_(table), kind_(kind), socket_(std::move(socket)) {
  watch();
}

void Listener::watch() {
  if (shared_.loop.watch_level(socket_.get(), *this) != 0)
    shared_.loop.timers().set(*this, net::TimerWheel::kTick);
}

// Numbers are given out lowest first.
bool Listener::descriptors_left() const {
  const int limit = shared_.loop.descriptor_limit();
  if (last_ < limit - kNearTheLimit) return true;
  const net::Fd next(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0));
  return next && next.get() < limit;
}

void Listener::close() {
  if (socket_) on_ready(0);  // the kernel would reset what waits to be accepted
  shared_.loop.timers().clear(*this);
  if (socket_) shared_.loop.unwatch(socket_.get());
  socket_.reset();
}

void Listener::on_ready(std::uint32_t events) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const bool somebody_waits = i == 0 && events != 0;  // later ones are told of in the next turn
    if (table_.full() || !descriptors_left()) {
      if (!somebody_waits) return;
      if (!table_.close_oldest_idle()) return rest();
    }
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    net::Fd accepted(
        ::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted) {
      if (errno == EAGAIN) return;
      if (errno == EINTR || errno == ECONNABORTED) continue;
      const int error = errno;
      if (is_shortage(error) && somebody_waits && table_.close_oldest_idle()) continue;
      shared_.metrics.accept_failures.add();
      if (!std::exchange(failing_, true)) {
        log_warning("listener.accept", "cannot accept connections",
                    {{"reason", std::system_category().message(error)}});
      }
      return rest();
    }
    failing_ = false;
    last_ = accepted.get();
    auto connection =
        std::make_unique<DownstreamConnection>(shared_, table_, kind_, reinterpret_cast<sockaddr*>(&peer));
    table_.add(std::move(connection)).begin(std::move(accepted));
  }
}

void Listener::rest() {
  shared_.loop.unwatch(socket_.get());
  shared_.loop.timers().set(*this, net::TimerWheel::kTick);
}

void Listener::on_deadline() { watch(); }

}  // namespace palpo::http
