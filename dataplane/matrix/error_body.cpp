// SPDX-License-Identifier: Apache-2.0
#include "dataplane/matrix/error_body.h"

#include <nlohmann/json.hpp>

namespace palpo::matrix {

std::string error_body(std::string_view errcode, std::string_view error) {
  nlohmann::ordered_json body;
  body["errcode"] = std::string(errcode);
  body["error"] = std::string(error);
  // The texts may quote a request: invalid UTF-8 becomes U+FFFD instead of an exception.
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace palpo::matrix
