// SPDX-License-Identifier: Apache-2.0
// From the bytes of a complete head to where its parts are, and every framing rule that keeps two servers
// from reading one stream differently. Stricter than the parser underneath (Beast), whose leniencies the test
// lists. Pure, any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "dataplane/http/head.h"

namespace palpo::http {

// Where the head ends (behind its empty line); 0: not yet. `searched` bytes were seen before.
std::size_t find_head_end(std::string_view bytes, std::size_t searched);

// Whether an unfinished head can still become valid: a line that ends in a bare LF never does.
// `searched` bytes were seen before.
bool has_bare_line_feed(std::string_view bytes, std::size_t searched);

struct HeadFault {
  int status = 0;  // to answer with: 400, 405, 431; 0: none. Of a response: 502
  const char* reason = nullptr;
  explicit operator bool() const { return status != 0; }
};

HeadFault parse_request_head(std::string_view text, RequestHead& out);
HeadFault parse_response_head(std::string_view text, ResponseHead& out);

// Some servers leave the blank out that belongs behind the status ("HTTP/1.1 200"). Empty: this head is not
// of that kind; else the head with the blank.
std::string with_complete_status_line(std::string_view text);

// The target that a head asks for, whatever else is wrong with it; for the form of an error, nothing more.
std::string_view target_of_bad_head(std::string_view bytes);

// "host" or "host:port", where host is a name, an IPv4 address or an IPv6 literal in brackets.
bool is_authority(std::string_view text);

}  // namespace palpo::http
