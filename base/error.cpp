// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace palpo {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::not_found:
      return "not found";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::limit:
      return "limit";
    case ErrorKind::forbidden:
      return "forbidden";
    case ErrorKind::conflict:
      return "conflict";
  }
  return "unknown";
}

Error Error::within(std::string_view where) const { return {kind, std::string(where) + ": " + message}; }

Error invalid(std::string message) { return {ErrorKind::invalid, std::move(message)}; }

}  // namespace palpo
