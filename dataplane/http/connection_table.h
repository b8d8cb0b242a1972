// SPDX-License-Identifier: Apache-2.0
// Owns the clients' connections of a worker, and knows which of them wait for a next request, and for how
// long. Worker's thread.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "dataplane/http/downstream_connection.h"
#include "dataplane/telemetry/count.h"

namespace palpo::http {

class ConnectionTable {
 public:
  // evicted: counts idle connections that make room.
  ConnectionTable(net::EventLoop& loop, std::size_t limit, telemetry::Count& evicted)
      : loop_(loop), limit_(limit), evicted_(evicted) {}

  DownstreamConnection& add(std::unique_ptr<DownstreamConnection> connection);
  void remove(DownstreamConnection& connection);  // dies at the end of the turn

  // A connection that has served and waits, until it is told otherwise or removed.
  void mark_idle(DownstreamConnection& connection);
  void mark_busy(DownstreamConnection& connection);
  bool close_oldest_idle();  // false: none is

  bool full() const { return limit_ != 0 && connections_.size() >= limit_; }
  std::size_t size() const { return connections_.size(); }

  void announce_drain();  // of all
  void begin_drain();
  void cancel_all();
  void when_empty(std::function<void()> on_empty);  // once, maybe at once

 private:
  void check_empty();
  std::vector<DownstreamConnection*> all() const;
  net::EventLoop& loop_;
  std::size_t limit_;
  telemetry::Count& evicted_;
  std::vector<std::unique_ptr<DownstreamConnection>> connections_;  // each knows its place
  DownstreamConnection* oldest_idle_ = nullptr;
  DownstreamConnection* newest_idle_ = nullptr;
  std::function<void()> on_empty_;
};

}  // namespace palpo::http
