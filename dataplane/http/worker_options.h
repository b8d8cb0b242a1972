// SPDX-License-Identifier: Apache-2.0
// What a worker is told by its program rather than by the configuration it serves. Plain data, one copy per
// worker.
#pragma once
#include <cstddef>
#include <cstdint>

#include "dataplane/upstream/endpoint_pool.h"

namespace palpo::http {

struct WorkerOptions {
  std::size_t connections = 0;  // of clients, per worker; 0: no bound
  std::size_t descriptors = 0;  // connections use numbers below that; 0: no bound
  upstream::PoolLimits pools;
  std::uint16_t https_redirect_port = 443;
  bool server_header = true;  // a response without a Server field gets one
};

}  // namespace palpo::http
