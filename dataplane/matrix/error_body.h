// SPDX-License-Identifier: Apache-2.0
// The error bodies and headers that Matrix clients understand (Client-Server API, "Standard error response"
// and "Web Browser Clients"). Pure, any thread.
#pragma once
#include <string>
#include <string_view>

namespace palpo::matrix {

// {"errcode":"M_UNRECOGNIZED","error":"..."}; both texts are escaped.
std::string error_body(std::string_view errcode, std::string_view error);

// Header lines, each ended by CRLF, for every answer that the proxy makes itself.
inline constexpr std::string_view kCorsHeaders =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: GET, POST, PUT, DELETE, OPTIONS\r\n"
    "Access-Control-Allow-Headers: X-Requested-With, Content-Type, Authorization\r\n";

}  // namespace palpo::matrix
