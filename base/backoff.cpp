// SPDX-License-Identifier: Apache-2.0
#include "base/backoff.h"

#include <limits>

#include "base/check.h"

namespace palpo {

Backoff::Backoff(Duration first, Duration cap, std::uint64_t seed) : first_(first), cap_(cap), random_(seed) {
  PALPO_CHECK(first.count() > 0 && cap >= first);
}

Backoff::Duration Backoff::next() {
  Duration whole = first_;
  for (int i = 0; i < attempt_ && whole < cap_; ++i) whole = whole > cap_ / 2 ? cap_ : whole * 2;
  if (attempt_ < std::numeric_limits<int>::max()) ++attempt_;
  std::uniform_int_distribution<Duration::rep> part((whole.count() + 1) / 2, whole.count());
  return Duration(part(random_));
}

}  // namespace palpo
