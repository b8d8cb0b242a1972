// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/tcp_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "dataplane/upstream/endpoint_pool.h"

namespace palpo::upstream {

TcpConnection::TcpConnection(net::EventLoop& loop, NameCache& names, EndpointPool& pool)
    : TcpStream(loop, AfterBreak::read_on), names_(names), pool_(pool) {}

void TcpConnection::hang_up() {
  if (resolving_) names_.cancel(*this);
  resolving_ = false;
  close();
}

void TcpConnection::release(bool reusable) {
  std::unique_ptr<TcpConnection> self(this);
  if (reusable) {
    pool_.give_back(std::move(self));
  } else {
    pool_.discard(std::move(self));
  }
}

void TcpConnection::dial(std::chrono::milliseconds limit) {
  set_deadline(limit);
  const EndpointAddress& address = pool_.address();
  if (address.literal) {
    addresses_ = {*address.literal};
    try_next_address();
  } else if (const NameCache::Addresses* known = names_.find(address.host)) {
    on_resolved(known);
  } else {
    resolving_ = true;
    names_.wait(address.host, *this);
  }
}

void TcpConnection::on_resolved(const NameCache::Addresses* addresses) {
  resolving_ = false;
  if (addresses == nullptr) {
    unreachable("the name " + pool_.address().host + " does not resolve");
    return;
  }
  addresses_ = *addresses;
  std::reverse(addresses_.begin(), addresses_.end());
  try_next_address();
}

void TcpConnection::try_next_address() {
  int error = EADDRNOTAVAIL;
  while (!addresses_.empty()) {
    const SocketAddress target = socket_address(addresses_.back(), pool_.address().port);
    addresses_.pop_back();
    error = connect(target.get(), target.size);
    const bool none_left = error == EMFILE || error == ENFILE;
    if (none_left && pool_.make_room()) error = connect(target.get(), target.size);
    if (error == 0) return;
  }
  unreachable(std::system_category().message(error));
}

void TcpConnection::on_connected(int error) {
  if (error != 0) {
    if (!addresses_.empty()) {
      try_next_address();
    } else {
      unreachable(std::system_category().message(error));
    }
    return;
  }
  clear_deadline();
  established_ = true;
  addresses_ = {};
  pool_.on_connected();
  if (user_ != nullptr) user_->on_upstream_connected();
}

void TcpConnection::unreachable(std::string reason) {
  failure_ = std::move(reason);
  close();
  again();
}

void TcpConnection::on_turn() {
  if (failure_.empty()) return;
  pool_.on_unreachable();
  const std::string reason = std::exchange(failure_, {});
  if (user_ != nullptr) user_->on_upstream_unreachable(reason);
}

Connection::Quiet TcpConnection::quiet() const {
  char byte = 0;
  const ssize_t got = ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return Quiet::spoke;
  return got < 0 && errno == EAGAIN ? Quiet::yes : Quiet::ended;
}

void TcpConnection::on_input(char* data, std::size_t size) {
  if (user_ != nullptr) {
    user_->on_upstream_input(data, size);
  } else {
    pool_.drop_idle(*this);  // nobody asked: such a connection cannot be trusted
  }
}

void TcpConnection::on_end(bool broken) {
  if (user_ != nullptr) {
    user_->on_upstream_end(broken);
  } else {
    pool_.drop_idle(*this);
  }
}

void TcpConnection::on_drained() {
  if (user_ != nullptr) user_->on_upstream_sent(true);
}

void TcpConnection::on_some_sent() {
  if (user_ != nullptr) user_->on_upstream_sent(false);
}

void TcpConnection::on_deadline() {
  if (!established_) {
    addresses_.clear();
    hang_up();
    unreachable("no connection within the time allowed");
  } else if (user_ != nullptr) {
    user_->on_upstream_deadline();
  } else {
    pool_.drop_idle(*this);
  }
}

}  // namespace palpo::upstream
