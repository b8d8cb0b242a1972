// SPDX-License-Identifier: Apache-2.0
// A configuration in the form the workers use. Immutable and shared: a worker takes one pointer, a request
// keeps the one it began with. All of `http` sees of `config` is this header.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "dataplane/api/model.h"
#include "dataplane/routing/router.h"
#include "dataplane/routing/sharded_map.h"
#include "dataplane/tls/tls_table.h"

namespace palpo::config {

// An upstream address with an identity that outlives configurations: the same address has the same id for as
// long as configurations name it, and an id is never used for another address, so a worker's pools are keyed
// by it.
struct RuntimeEndpoint {
  std::uint64_t id = 0;
  std::string address;  // an IP literal or a DNS name
  std::uint16_t port = 0;
  bool is_name = false;
};

struct RuntimeCluster {
  std::vector<RuntimeEndpoint> endpoints;
};

struct RuntimeConfig {
  Digest version;
  api::Ref<api::Settings> settings;
  routing::Router router;
  tls::TlsTable tls;
  routing::ShardedMap<std::shared_ptr<const RuntimeCluster>> clusters;
  std::shared_ptr<const std::vector<std::uint64_t>>
      endpoint_ids;  // sorted: pools of other ids are to be drained
};

using ConfigPtr = std::shared_ptr<const RuntimeConfig>;

}  // namespace palpo::config
