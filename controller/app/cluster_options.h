// SPDX-License-Identifier: Apache-2.0
// The flags that only a controller with an API server has. Pure.
#pragma once
#include <vector>

#include "base/flags.h"
#include "base/result.h"
#include "controller/commands/run_options.h"

namespace palpo::app {

std::vector<Flag> cluster_flags(commands::ClusterOptions& options);
// What no option says alone. has_api_server: objects come from there.
Result<void> check_cluster_options(const commands::ClusterOptions& options, bool has_api_server);

}  // namespace palpo::app
