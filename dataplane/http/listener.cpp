// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/listener.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace palpo::http {

namespace {
constexpr int kAcceptsPerTurn = 64;
}

Listener::Listener(WorkerContext& context, ConnectionTable& table, api::Listener kind, net::Fd socket)
    : context_(context), table_(table), kind_(kind), socket_(std::move(socket)) {
  watch();
}

void Listener::watch() {
  if (context_.loop.watch_level(socket_.get(), *this) != 0)
    context_.loop.timers().set(*this, net::TimerWheel::kTick);
}

void Listener::close() {
  if (socket_) on_ready(0);  // the kernel would reset what waits to be accepted
  context_.loop.timers().clear(*this);
  if (socket_) context_.loop.unwatch(socket_.get());
  socket_.reset();
}

void Listener::on_ready(std::uint32_t /*events*/) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (table_.full()) {
      if (!somebody_waits()) return;
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
      if (make_room(error)) continue;
      context_.metrics.accept_failures.add();
      if (!std::exchange(failing_, true)) {
        log_warning("listener.accept", "cannot accept connections",
                    {{"reason", std::system_category().message(error)}});
      }
      return rest();
    }
    failing_ = false;
    auto connection =
        std::make_unique<DownstreamConnection>(context_, table_, kind_, reinterpret_cast<sockaddr*>(&peer));
    table_.add(std::move(connection)).begin(std::move(accepted));
  }
}

bool Listener::somebody_waits() const {
  pollfd socket{socket_.get(), POLLIN, 0};
  return ::poll(&socket, 1, 0) > 0;
}

bool Listener::make_room(int error) {
  const bool short_of_something = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
  return short_of_something && context_.loop.relieve();
}

void Listener::rest() {
  context_.loop.unwatch(socket_.get());
  context_.loop.timers().set(*this, net::TimerWheel::kTick);
}

void Listener::on_deadline() { watch(); }

}  // namespace palpo::http
