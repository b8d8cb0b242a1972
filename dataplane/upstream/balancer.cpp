// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/balancer.h"

#include <algorithm>

namespace palpo::upstream {

std::uint64_t Balancer::next_random() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_;
}

std::size_t Balancer::first(const void* cluster, std::size_t endpoints) {
  if (endpoints < 2) return 0;
  const auto [cursor, fresh] = cursors_.try_emplace(cluster, 0);
  if (fresh) cursor->second = next_random() % endpoints;
  return cursor->second++ % endpoints;
}

void TryOrder::begin(std::size_t first, std::size_t endpoints) {
  first_ = first;
  endpoints_ = endpoints;
  tries_ = 0;
}

bool TryOrder::tried(std::size_t index) const {
  const auto end = tried_.begin() + static_cast<std::ptrdiff_t>(tries_);
  return std::find(tried_.begin(), end, index) != end;
}

std::size_t TryOrder::take(std::size_t index) {
  tried_[tries_++] = static_cast<std::uint32_t>(index);
  return index;
}

}  // namespace palpo::upstream
