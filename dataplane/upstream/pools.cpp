// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/pools.h"

#include <algorithm>
#include <utility>

namespace palpo::upstream {

Pools::Pools(net::EventLoop& loop, NameResolver& resolver, PoolEvents& events, const PoolLimits& limits)
    : loop_(loop), events_(events), limits_(limits), names_(loop, resolver) {}

EndpointPool& Pools::of(const Endpoint& endpoint) {
  auto& pool = pools_[endpoint.id];
  if (!pool) pool = std::make_unique<EndpointPool>(loop_, names_, events_, limits_, to_address(endpoint));
  return *pool;
}

ConnectionPtr Pools::take_idle(const Endpoint& endpoint) {
  return ConnectionPtr(of(endpoint).take_idle().release());
}

ConnectionPtr Pools::dial(const Endpoint& endpoint, ConnectionUser& user) {
  return ConnectionPtr(of(endpoint).dial(user).release());
}

bool Pools::avoided(std::uint64_t endpoint_id) const {
  const auto found = pools_.find(endpoint_id);
  return found != pools_.end() && found->second->avoided();
}

void Pools::keep_only(const std::vector<std::uint64_t>& endpoint_ids) {
  std::erase_if(leaving_, [](const auto& pool) { return pool->unused(); });
  for (auto entry = pools_.begin(); entry != pools_.end();) {
    if (std::binary_search(endpoint_ids.begin(), endpoint_ids.end(), entry->first)) {
      ++entry;
      continue;
    }
    entry->second->drain();
    leaving_.push_back(std::move(entry->second));
    entry = pools_.erase(entry);
  }
}

}  // namespace palpo::upstream
