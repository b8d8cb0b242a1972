// SPDX-License-Identifier: Apache-2.0
// What the connections of one worker share. Owned by the worker, used on its thread only.
#pragma once
#include <functional>
#include <memory>

#include "dataplane/http/exchange_shared.h"
#include "dataplane/net/event_loop.h"
#include "dataplane/upstream/pools.h"

namespace palpo::http {

struct WorkerShared final : upstream::PoolEvents {
  WorkerShared(const WorkerOptions& worker_options, upstream::NameResolver& resolver,
               telemetry::WorkerMetrics& worker_metrics, telemetry::AccessLog* log);

  void on_connect(bool ok) override;
  bool make_room() override { return close_idle && close_idle(); }
  char* plaintext() { return plaintext_.get(); }  // for one read at a time, EventLoop::kScratchSize bytes

  WorkerOptions options;
  telemetry::WorkerMetrics& metrics;
  net::EventLoop loop;
  upstream::Pools pools;
  ExchangeShared exchanges;
  std::function<bool()> close_idle;  // ends the client's connection that has been idle for longest

 private:
  std::unique_ptr<char[]> plaintext_ = std::make_unique_for_overwrite<char[]>(net::EventLoop::kScratchSize);
};

}  // namespace palpo::http
