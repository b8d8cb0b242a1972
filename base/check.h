// SPDX-License-Identifier: Apache-2.0
// PALPO_CHECK(condition): an invariant of our own. Writes the place and aborts; never used on input.
#pragma once

namespace palpo {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define PALPO_CHECK(condition)                                               \
  do {                                                                       \
    if (!(condition)) ::palpo::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
