// SPDX-License-Identifier: Apache-2.0
// The error bodies and headers that Matrix clients understand (Client-Server API, "Standard error response"
// and "Web Browser Clients"). Pure, any thread.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace palpo::matrix {

// {"errcode":"M_UNRECOGNIZED","error":"..."}; both texts are escaped.
std::string error_body(std::string_view errcode, std::string_view error);

// Names and values of header fields, for every answer that the proxy makes itself.
inline constexpr std::pair<std::string_view, std::string_view> kCorsFields[] = {
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"},
    {"Access-Control-Allow-Headers", "X-Requested-With, Content-Type, Authorization"},
};

}  // namespace palpo::matrix
