// SPDX-License-Identifier: Apache-2.0
// Gives upstream addresses their identity: one id an address for as long as a configuration names it without
// a gap, and never the same id for two addresses. Counts who uses each. One owner, one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dataplane/api/model.h"
#include "dataplane/config/runtime_config.h"

namespace palpo::config {

class EndpointRegistry {
 public:
  RuntimeEndpoint acquire(const api::Endpoint& endpoint);
  void release(const RuntimeEndpoint& endpoint);

  // All ids in use, sorted; the same object until one comes or goes.
  std::shared_ptr<const std::vector<std::uint64_t>> ids();

 private:
  struct Use {
    std::uint64_t id = 0;
    std::size_t count = 0;
  };
  std::unordered_map<std::string, Use> uses_;  // by "port address"
  std::uint64_t last_id_ = 0;
  std::vector<std::uint64_t> ids_;  // sorted, because new ids are the highest
  std::shared_ptr<const std::vector<std::uint64_t>> shared_;
};

}  // namespace palpo::config
