// SPDX-License-Identifier: Apache-2.0
// A check on JSON text before any parser sees it: nesting deeper than a parser (or its destructor) should be
// asked to walk. It does not validate. Pure, any thread.
#pragma once
#include <string_view>

#include "base/result.h"

namespace palpo {

// Error::limit when arrays and objects nest deeper than max_depth; brackets inside strings do not count.
Result<void> check_json_nesting(std::string_view text, int max_depth);

}  // namespace palpo
