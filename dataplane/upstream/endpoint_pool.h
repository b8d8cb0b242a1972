// SPDX-License-Identifier: Apache-2.0
// The idle connections to one endpoint, the last used first, and whether the endpoint lately could not be
// reached. Worker's thread. Connections in use belong to their user, who gives them back or discards them.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "dataplane/net/event_loop.h"
#include "dataplane/upstream/address.h"
#include "dataplane/upstream/name_cache.h"
#include "dataplane/upstream/tcp_connection.h"

namespace palpo::upstream {

struct PoolLimits {
  std::chrono::milliseconds connect{5000};
  std::chrono::milliseconds idle{25000};  // Palpo closes at 30 s
  std::chrono::milliseconds avoid{5000};  // an unreachable endpoint is tried last that long
  std::size_t idle_connections = 256;     // an endpoint and worker
};

// Counted by the pools of a worker, read by its metrics.
struct PoolEvents {
  virtual void on_connect(bool ok) = 0;
  virtual bool make_room() { return false; }  // a descriptor is needed; true: one was freed

 protected:
  ~PoolEvents() = default;
};

class EndpointPool {
 public:
  EndpointPool(net::EventLoop& loop, NameCache& names, PoolEvents& events, const PoolLimits& limits,
               EndpointAddress address);
  ~EndpointPool();

  std::unique_ptr<TcpConnection> take_idle();                 // nullptr: none
  std::unique_ptr<TcpConnection> dial(ConnectionUser& user);  // a new one, under way
  void give_back(std::unique_ptr<TcpConnection> connection);  // it may serve another request
  void discard(std::unique_ptr<TcpConnection> connection);

  bool avoided() const { return loop_.now() < avoid_until_; }
  void drain();  // the endpoint is gone: no idle connections any more
  bool unused() const { return draining_ && in_use_ == 0; }
  std::size_t idle() const { return idle_.size(); }
  const EndpointAddress& address() const { return address_; }

  // Told by connections.
  void on_connected();
  void on_unreachable();
  bool make_room() { return events_.make_room(); }
  void drop_idle(TcpConnection& connection);

 private:
  net::EventLoop& loop_;
  NameCache& names_;
  PoolEvents& events_;
  const PoolLimits& limits_;
  EndpointAddress address_;
  std::vector<std::unique_ptr<TcpConnection>> idle_;  // the last used is the last
  std::size_t in_use_ = 0;
  Clock::time_point avoid_until_;
  bool draining_ = false;
};

}  // namespace palpo::upstream
