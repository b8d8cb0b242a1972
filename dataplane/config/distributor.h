// SPDX-License-Identifier: Apache-2.0
// Hands one compiled configuration to every worker and reports when all have taken it. Main thread only; the
// workers' answers come back by posting.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/asio.h"
#include "dataplane/config/runtime_config.h"

namespace palpo::config {

// One worker's door: thread-safe, returns at once; calls `taken` on any thread when the worker serves the new
// config.
using Deliver = std::function<void(ConfigPtr config, std::function<void()> taken)>;

class Distributor {
 public:
  Distributor(asio::io_context& io, std::vector<Deliver> workers);
  // on_all_taken runs on io's thread, once. One distribution at a time (PALPO_CHECK).
  void distribute(const ConfigPtr& config, std::function<void()> on_all_taken);

 private:
  // Lives until the last worker has answered, even if the distributor does not.
  struct Round {
    std::size_t missing = 0;
    std::function<void()> on_all_taken;
  };
  asio::io_context& io_;
  std::vector<Deliver> workers_;
  std::shared_ptr<Round> round_;
};

}  // namespace palpo::config
