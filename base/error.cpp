// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace palpo {

Error Error::within(std::string_view where) const { return {kind, std::string(where) + ": " + message}; }

Error invalid(std::string message) { return {ErrorKind::invalid, std::move(message)}; }

}  // namespace palpo
