// SPDX-License-Identifier: Apache-2.0
// What kind of endpoint a target asks for, in everything that serving it depends on. Classified once per
// request. Pure, any thread, no allocation.
#pragma once
#include <string_view>

#include "dataplane/matrix/long_poll.h"
#include "dataplane/matrix/media.h"
#include "dataplane/matrix/paths.h"

namespace palpo::matrix {

struct EndpointClass {
  bool matrix = false;     // errors are Matrix objects that any website may read
  bool sent_once = false;  // a second request would be told something else than the first
  ResponseWait wait;
};

inline EndpointClass endpoint_class(std::string_view target) {
  return {is_matrix_path(target), is_media(target), response_wait(target)};
}

}  // namespace palpo::matrix
