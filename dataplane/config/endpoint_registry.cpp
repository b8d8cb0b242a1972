// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/endpoint_registry.h"

#include <algorithm>

#include "base/check.h"
#include "base/net_address.h"

namespace palpo::config {
namespace {

std::string key_of(const std::string& address, std::uint16_t port) {
  return std::to_string(port) + ' ' + address;
}

}  // namespace

RuntimeEndpoint EndpointRegistry::acquire(const api::Endpoint& endpoint) {
  Use& use = uses_[key_of(endpoint.address, endpoint.port)];
  if (use.count++ == 0) {
    use.id = ++last_id_;
    ids_.push_back(use.id);
    shared_.reset();
  }
  return {use.id, endpoint.address, endpoint.port, !is_ip_literal(endpoint.address)};
}

void EndpointRegistry::release(const RuntimeEndpoint& endpoint) {
  const auto it = uses_.find(key_of(endpoint.address, endpoint.port));
  PALPO_CHECK(it != uses_.end() && it->second.id == endpoint.id);
  if (--it->second.count > 0) return;
  uses_.erase(it);
  ids_.erase(std::lower_bound(ids_.begin(), ids_.end(), endpoint.id));
  shared_.reset();
}

std::shared_ptr<const std::vector<std::uint64_t>> EndpointRegistry::ids() {
  if (!shared_) shared_ = std::make_shared<const std::vector<std::uint64_t>>(ids_);
  return shared_;
}

}  // namespace palpo::config
