// SPDX-License-Identifier: Apache-2.0
// How long a worker waits for whom, and how much it keeps for anybody. Plain constants, one copy a worker.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "dataplane/upstream/endpoint_pool.h"

namespace palpo::http {

struct Timeouts {
  std::chrono::milliseconds handshake{10000};
  std::chrono::milliseconds request_head{10000};  // from its first byte, or from the connection's begin
  std::chrono::milliseconds keep_alive{75000};    // between requests
  std::chrono::milliseconds client_idle{
      60000};  // within a request body, or without taking a byte of the response
  std::chrono::milliseconds upstream_idle{
      60000};  // within a response body, or without taking a byte of the request
  std::chrono::milliseconds response_head{660000};  // at most, whatever a long poll asks for
  std::chrono::milliseconds tunnel_idle{900000};
  std::chrono::milliseconds linger{
      5000};  // for a client to read an answer that came before its request ended
};

struct Limits {
  std::size_t kept_request = 64 * 1024;  // of a request, so that it can be sent again
  std::size_t pipelined = 16 * 1024;     // of further requests, while one is served
  std::size_t interim_responses = 16;
  std::uint64_t request_body = 0;  // 0: no bound
  std::size_t connections = 0;     // of clients, a worker; 0: no bound
  std::size_t descriptors = 0;     // connections use numbers below that; 0: no bound
};

struct WorkerOptions {
  Timeouts timeouts;
  Limits limits;
  upstream::PoolLimits pools;
  std::uint16_t https_redirect_port = 443;
  bool server_header = true;  // a response without a Server field gets one
};

}  // namespace palpo::http
