// SPDX-License-Identifier: Apache-2.0
// The rules that hold for one request, composed once, when it is routed: what everybody who serves it asks,
// and the only thing. Plain data; its views are valid as long as the configuration it is made from.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/api/model.h"
#include "dataplane/matrix/endpoint_class.h"
#include "dataplane/message/head.h"

namespace palpo::http {

// Of errors that the proxy answers with itself.
enum class ErrorForm : std::uint8_t { text, matrix };

struct RequestPolicy {
  std::chrono::milliseconds client_idle{};    // for the client to send or take a byte
  std::chrono::milliseconds upstream_idle{};  // for the homeserver to send or take a byte
  std::chrono::milliseconds response_head{};  // from the request's end to the response's head
  std::chrono::milliseconds tunnel_idle{};
  std::uint64_t max_body = 0;         // of the request; 0: no bound
  std::size_t kept_request = 0;       // of a request's bytes, so that it can be sent again
  std::size_t interim_responses = 0;  // at most
  bool repeatable = false;            // it may be sent again though a homeserver may have had it
  bool long_poll = false;             // its client decides how long it takes
  ErrorForm errors = ErrorForm::text;
  std::string_view owner;  // whose route takes it, for logs and metrics; empty: nobody's
};

// Each narrows what comes before it: the settings, the route (nullptr: none matches), the kind of endpoint,
// the method.
RequestPolicy compose_policy(const api::Settings& settings, const api::Route* route,
                             const matrix::EndpointClass& endpoint, Method method);

}  // namespace palpo::http
