// SPDX-License-Identifier: Apache-2.0
// The options that only a controller with an API server has: how to reach it, what of it to read, and the
// election of the one that writes. Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/flags.h"
#include "base/result.h"
#include "controller/kube/meta.h"

namespace palpo::app {

struct ClusterOptions {
  std::string kubeconfig;
  std::vector<std::string> watch_namespaces;   // empty: all
  std::vector<std::string> secret_namespaces;  // empty: those
  std::string label_selector;                  // empty: every Ingress and PalpoHomeserver
  std::chrono::seconds watch_idle_timeout{90};
  std::optional<bool> leader_election;   // default: on
  std::optional<kube::ObjectKey> lease;  // default: by the class, in our own namespace
  std::string identity;                  // empty: of the host
  std::chrono::milliseconds lease_duration{15000};
  std::chrono::milliseconds renew_deadline{10000};
  std::chrono::milliseconds retry_period{2000};
};

std::vector<Flag> cluster_flags(ClusterOptions& options);
// What no option says alone. has_api_server: objects come from there.
Result<void> check_cluster_options(const ClusterOptions& options, bool has_api_server);

}  // namespace palpo::app
