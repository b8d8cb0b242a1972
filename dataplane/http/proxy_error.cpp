// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/proxy_error.h"

#include <array>
#include <utility>

namespace palpo::http {

namespace {

constexpr HeaderField kComeBack{"Retry-After", "5"};

// In the order of ProxyError.
constexpr std::array<ErrorAnswer, 11> kAnswers{{
    {404, "M_UNRECOGNIZED", "This host serves nothing at this path", {}},
    {404, "M_UNRECOGNIZED", "This server does not serve this host", {}},
    {421, "M_UNRECOGNIZED", "This connection's certificate is not for this host: connect again", {}},
    {405, "M_UNRECOGNIZED", "Method not allowed", {"Allow", "GET, HEAD, OPTIONS"}},
    {503, "M_UNKNOWN", "The homeserver has no ready endpoint", kComeBack},
    {503, "M_UNKNOWN", "The homeserver cannot be reached", kComeBack},
    {502, "M_UNKNOWN", "The homeserver sent a malformed response", {}},
    {502, "M_UNKNOWN", "The homeserver closed the connection without a response", kComeBack},
    {504, "M_UNKNOWN", "The homeserver did not answer in time", kComeBack},
    {408, "M_UNKNOWN", "The request did not arrive in time", {}},
    {413, "M_TOO_LARGE", "The request's body is larger than this path takes", {}},
}};

// Of refusals, where the status alone does not say it.
constexpr ErrorAnswer kRefusals[] = {
    {403, "M_FORBIDDEN", "Access to this path is restricted, and the restriction cannot be kept here", {}},
    {404, "M_UNRECOGNIZED", "This host serves nothing at this path", {}},
    {503, "M_UNKNOWN", "This path is not served for the time being", kComeBack},
};

constexpr std::pair<int, std::string_view> kReasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

}  // namespace

const ErrorAnswer& answer_for(ProxyError error) { return kAnswers[static_cast<std::size_t>(error)]; }

ErrorAnswer answer_for_refusal(int status) {
  for (const ErrorAnswer& known : kRefusals) {
    if (known.status == status) return known;
  }
  return {status, "M_UNKNOWN", "This path is not served here", {}};
}

std::string_view reason_phrase(int status) {
  for (const auto& [known, phrase] : kReasons) {
    if (known == status) return phrase;
  }
  return "Response";
}

}  // namespace palpo::http
