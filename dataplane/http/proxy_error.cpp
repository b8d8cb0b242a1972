// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/proxy_error.h"

#include <array>
#include <utility>

namespace palpo::http {

namespace {

constexpr std::string_view kComeBack = "Retry-After: 5\r\n";

// In the order of ProxyError.
constexpr std::array<ErrorAnswer, 9> kAnswers{{
    {404, "M_UNRECOGNIZED", "This host serves nothing at this path", ""},
    {421, "M_UNRECOGNIZED", "This server does not serve this host", ""},
    {405, "M_UNRECOGNIZED", "Method not allowed", "Allow: GET, HEAD, OPTIONS\r\n"},
    {503, "M_UNKNOWN", "The homeserver has no ready endpoint", kComeBack},
    {503, "M_UNKNOWN", "The homeserver cannot be reached", kComeBack},
    {502, "M_UNKNOWN", "The homeserver sent a malformed response", ""},
    {502, "M_UNKNOWN", "The homeserver closed the connection without a response", kComeBack},
    {504, "M_UNKNOWN", "The homeserver did not answer in time", kComeBack},
    {408, "M_UNKNOWN", "The request did not arrive in time", ""},
}};

constexpr std::pair<int, std::string_view> kReasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {421, "Misdirected Request"},
    {431, "Request Header Fields Too Large"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

}  // namespace

const ErrorAnswer& answer_for(ProxyError error) { return kAnswers[static_cast<std::size_t>(error)]; }

std::string_view reason_phrase(int status) {
  for (const auto& [known, phrase] : kReasons) {
    if (known == status) return phrase;
  }
  return "Response";
}

}  // namespace palpo::http
