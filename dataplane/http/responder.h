// SPDX-License-Identifier: Apache-2.0
// Responses of the proxy itself as head and body: fixed answers, redirects, errors. Pure but for the date it
// is given.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/api/model.h"
#include "dataplane/http/head.h"
#include "dataplane/http/proxy_error.h"

namespace palpo::http {

// head_text is a complete HTTP/1.1 head with Content-Length and without anything about the connection.
struct OwnResponse {
  std::string head_text;
  std::string body;  // empty for HEAD, though the head tells its size
};

struct ResponseStamp {
  std::string_view date;  // IMF-fixdate
  std::string_view request_id;
};

OwnResponse fixed_response(const api::FixedAnswer& answer, Method method, const ResponseStamp& stamp);
OwnResponse redirect_response(std::string_view authority, std::string_view target, std::uint16_t https_port,
                              const ResponseStamp& stamp);
OwnResponse options_response(const ResponseStamp& stamp);  // OPTIONS *
OwnResponse error_response(ProxyError error, Method method, const ResponseStamp& stamp);
OwnResponse refusal_response(int status, std::string_view reason,
                             const ResponseStamp& stamp);  // a bad request

}  // namespace palpo::http
