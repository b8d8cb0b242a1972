// SPDX-License-Identifier: Apache-2.0
// From the bytes of a complete head to where its parts are, and every framing rule that keeps two servers
// from reading one stream differently. Stricter than the parser underneath (Beast), whose leniencies the test
// lists. Pure, any thread.
#pragma once
#include <cstddef>
#include <string_view>

#include "dataplane/message/head.h"

namespace palpo::http {

struct HeadFault {
  int status = 0;  // to answer with: 400, 405, 431; 0: none. Of a response: 502
  const char* reason = nullptr;
  explicit operator bool() const { return status != 0; }
};

HeadFault parse_request_head(std::string_view text, RequestHead& out);
HeadFault parse_response_head(std::string_view text, ResponseHead& out);

// "host" or "host:port", where host is a name, an IPv4 address or an IPv6 literal in brackets.
bool is_authority(std::string_view text);

}  // namespace palpo::http
