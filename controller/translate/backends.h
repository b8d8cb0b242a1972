// SPDX-License-Identifier: Apache-2.0
// From a Service's port to the endpoints behind it: ready ones, else those that still serve while they end.
// Pure.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "controller/store/cluster_state.h"
#include "controller/translate/claims.h"
#include "controller/translate/options.h"

namespace palpo::translate {

struct ResolvedBackend {
  std::vector<api::Endpoint> endpoints;  // sorted, distinct
  std::vector<Finding> findings;
};

ResolvedBackend resolve_backend(const BackendRef& backend, const store::ClusterState& state,
                                const Options& options);

}  // namespace palpo::translate
