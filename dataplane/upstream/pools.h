// SPDX-License-Identifier: Apache-2.0
// A worker's endpoint pools by endpoint id. They outlive configurations; the pool of an endpoint that left
// the configuration ends with the next configuration after its last request. Worker's thread.
#pragma once
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dataplane/upstream/connector.h"
#include "dataplane/upstream/endpoint_pool.h"

namespace palpo::upstream {

class Pools final : public Connector {
 public:
  Pools(net::EventLoop& loop, NameResolver& resolver, PoolEvents& events, const PoolLimits& limits);

  EndpointPool& of(const Endpoint& endpoint);
  ConnectionPtr take_idle(const Endpoint& endpoint) override;
  ConnectionPtr dial(const Endpoint& endpoint, ConnectionUser& user) override;
  bool avoided(std::uint64_t endpoint_id) const override;
  void keep_only(const std::vector<std::uint64_t>& endpoint_ids);  // sorted
  std::size_t size() const { return pools_.size(); }

 private:
  net::EventLoop& loop_;
  PoolEvents& events_;
  PoolLimits limits_;
  NameCache names_;
  std::unordered_map<std::uint64_t, std::unique_ptr<EndpointPool>> pools_;
  std::vector<std::unique_ptr<EndpointPool>> leaving_;  // drained, in use
};

}  // namespace palpo::upstream
