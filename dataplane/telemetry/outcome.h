// SPDX-License-Identifier: Apache-2.0
// What became of one request. It alone feeds the metrics and the access log. Views are valid during the
// report.
#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>

#include "dataplane/api/model.h"

namespace palpo::telemetry {

enum class Ending : std::uint8_t {
  complete,
  client_gone,  // before the response was complete
  aborted,      // the response could not be completed: the client's connection was reset
};

struct Outcome {
  api::Listener listener = api::Listener::http;
  int status = 0;  // 0: nothing was sent
  Ending ending = Ending::complete;
  bool long_wait = false;  // a long poll or a WebSocket: its client decides how long it takes
  std::uint32_t retries = 0;
  std::uint64_t request_bytes = 0;  // of bodies
  std::uint64_t response_bytes = 0;
  std::chrono::nanoseconds duration{};
  std::string_view owner;  // whose route took it; empty: nobody's
  std::string_view peer;   // this and what follows is set only when there is an access log
  std::string_view method;
  std::string_view host;
  std::string_view target;
  std::string_view request_id;
  std::string_view traceparent;  // well formed, or empty
  std::string_view upstream;
};

}  // namespace palpo::telemetry
