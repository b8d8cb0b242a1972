// SPDX-License-Identifier: Apache-2.0
// What `run` can be told. Plain data.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "controller/kube/meta.h"
#include "controller/translate/options.h"

namespace palpo::commands {

// What only a controller with an API server has: how to reach it, what of it to read, and the election of the
// one that writes.
struct ClusterOptions {
  std::string kubeconfig;
  std::vector<std::string> watch_namespaces;   // empty: all
  std::vector<std::string> secret_namespaces;  // empty: those
  std::string label_selector;                  // empty: every Ingress and PalpoHomeserver
  std::chrono::milliseconds watch_idle_timeout{90000};
  std::optional<bool> leader_election;   // default: on
  std::optional<kube::ObjectKey> lease;  // default: by the class, in our own namespace
  std::string identity;                  // empty: of the host
  std::chrono::milliseconds lease_duration{15000};
  std::chrono::milliseconds renew_deadline{10000};
  std::chrono::milliseconds retry_period{2000};
};

struct RunOptions {
  std::string source_directory;  // empty: the API server
  std::string socket = "/run/palpo-ingress/dataplane.sock";
  std::string admin = "127.0.0.1:9901";
  std::chrono::milliseconds shutdown_timeout{0};
  ClusterOptions cluster;
  std::vector<std::string> publish_addresses;
  std::optional<kube::ObjectKey> publish_service;
  translate::Options translation;
};

}  // namespace palpo::commands
