// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/owner_registry.h"

#include "base/check.h"

namespace palpo::config {

void OwnerRegistry::acquire(const std::string& owner) {
  if (!owner.empty()) ++owners_[owner];
}

void OwnerRegistry::release(const std::string& owner) {
  if (owner.empty()) return;
  const auto it = owners_.find(owner);
  PALPO_CHECK(it != owners_.end());
  if (--it->second == 0) owners_.erase(it);
}

void OwnerRegistry::put(const api::Host& host) {
  for (const auto& route : host.routes) acquire(route.owner);
}

void OwnerRegistry::drop(const api::Host& host) {
  for (const auto& route : host.routes) release(route.owner);
}

}  // namespace palpo::config
