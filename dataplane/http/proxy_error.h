// SPDX-License-Identifier: Apache-2.0
// The answers the proxy gives when it has none from a homeserver: one table from what went wrong to status,
// Matrix error code and text. Never 401 (clients would log out) and never 404 for a backend that is down.
// Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace palpo::http {

enum class ProxyError : std::uint8_t {
  no_route,
  unknown_host,
  misdirected,  // the TLS certificate that was shown is another host's
  method_not_allowed,
  no_endpoints,
  unreachable,
  bad_response,
  upstream_closed,  // before a response
  response_timeout,
  request_timeout,
  request_too_large,
};

struct HeaderField {
  std::string_view name;  // empty: none
  std::string_view value;
};

struct ErrorAnswer {
  int status;
  std::string_view errcode;
  std::string_view text;
  HeaderField field{};  // a further one
};
const ErrorAnswer& answer_for(ProxyError error);
ErrorAnswer answer_for_refusal(int status);  // of a path that a route refuses, see api::Refusal

std::string_view reason_phrase(int status);

}  // namespace palpo::http
