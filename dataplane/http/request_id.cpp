// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/request_id.h"

#include <sys/random.h>

#include <bit>

#include "base/check.h"

namespace palpo::http {

RequestIds::RequestIds() {
  PALPO_CHECK(::getrandom(state_.data(), sizeof state_, 0) == static_cast<ssize_t>(sizeof state_));
}

// xoshiro256++
std::uint64_t RequestIds::random() {
  auto& s = state_;
  const std::uint64_t result = std::rotl(s[0] + s[3], 23) + s[0];
  const std::uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

void RequestIds::next(RequestId& id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = random();
    for (std::size_t i = 0; i < 16; ++i, bits >>= 4) id.digits_[half * 16 + i] = kDigits[bits & 15];
  }
}

}  // namespace palpo::http
