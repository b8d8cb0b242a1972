// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/endpoint_pool.h"

#include <algorithm>
#include <utility>

namespace palpo::upstream {

EndpointPool::EndpointPool(net::EventLoop& loop, NameCache& names, PoolEvents& events,
                           const PoolLimits& limits, EndpointAddress address)
    : loop_(loop), names_(names), events_(events), limits_(limits), address_(std::move(address)) {}

EndpointPool::~EndpointPool() { drain(); }

std::unique_ptr<TcpConnection> EndpointPool::take_idle() {
  if (idle_.empty()) return nullptr;
  std::unique_ptr<TcpConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  connection->clear_deadline();
  connection->mark_reused();
  ++in_use_;
  return connection;
}

std::unique_ptr<TcpConnection> EndpointPool::dial(ConnectionUser& user) {
  auto connection = std::make_unique<TcpConnection>(loop_, names_, *this);
  connection->attach(user);
  ++in_use_;
  connection->dial(limits_.connect);
  return connection;
}

void EndpointPool::give_back(std::unique_ptr<TcpConnection> connection) {
  if (draining_ || idle_.size() >= limits_.idle_connections || connection->closed() ||
      !connection->drained()) {
    discard(std::move(connection));
    return;
  }
  --in_use_;
  connection->detach();
  connection->set_deadline(limits_.idle);
  if (connection->paused()) connection->resume();
  idle_.push_back(std::move(connection));
}

void EndpointPool::discard(std::unique_ptr<TcpConnection> connection) {
  --in_use_;
  connection->detach();
  connection->hang_up();
  loop_.retire(std::move(connection));
}

void EndpointPool::drop_idle(TcpConnection& connection) {
  const auto found =
      std::find_if(idle_.begin(), idle_.end(), [&](const auto& idle) { return idle.get() == &connection; });
  if (found == idle_.end()) return;
  std::unique_ptr<TcpConnection> dropped = std::move(*found);
  idle_.erase(found);
  dropped->hang_up();
  loop_.retire(std::move(dropped));
}

void EndpointPool::drain() {
  draining_ = true;
  for (auto& connection : std::exchange(idle_, {})) {
    connection->hang_up();
    loop_.retire(std::move(connection));
  }
}

void EndpointPool::on_connected() {
  avoid_until_ = {};
  events_.on_connect(true);
}

void EndpointPool::on_unreachable() {
  avoid_until_ = loop_.now() + limits_.avoid;
  events_.on_connect(false);
}

}  // namespace palpo::upstream
