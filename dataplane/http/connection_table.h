// SPDX-License-Identifier: Apache-2.0
// Owns the clients' connections of a worker. Worker's thread.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "dataplane/http/downstream_connection.h"

namespace palpo::http {

class ConnectionTable {
 public:
  ConnectionTable(net::EventLoop& loop, std::size_t limit) : loop_(loop), limit_(limit) {}

  DownstreamConnection& add(std::unique_ptr<DownstreamConnection> connection);
  void remove(DownstreamConnection& connection);  // dies at the end of the turn

  bool full() const { return limit_ != 0 && connections_.size() >= limit_; }
  std::size_t size() const { return connections_.size(); }

  void begin_drain();  // of all
  void cancel_all();
  void when_empty(std::function<void()> on_empty);  // once, maybe at once

 private:
  void check_empty();
  std::vector<DownstreamConnection*> all() const;
  net::EventLoop& loop_;
  std::size_t limit_;
  std::vector<std::unique_ptr<DownstreamConnection>> connections_;  // each knows its place
  std::function<void()> on_empty_;
};

}  // namespace palpo::http
