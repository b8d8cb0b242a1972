// SPDX-License-Identifier: Apache-2.0
// palpo.im/v1alpha1 PalpoHomeserver. The fields are documented for their authors in crds/. Plain data.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/kube/ingress.h"
#include "controller/kube/meta.h"

namespace palpo::kube {

// metav1.Condition.
struct Condition {
  std::string type;
  std::string status;  // "True", "False", "Unknown"
  std::int64_t observed_generation = 0;
  std::string last_transition_time;
  std::string reason;
  std::string message;
  auto operator<=>(const Condition&) const = default;
};

struct HostTls {
  std::string host;
  std::string secret;
  auto operator<=>(const HostTls&) const = default;
};

struct Homeserver {
  Meta meta;
  // spec
  std::string server_name;         // spec.serverName: the part after the colon of user ids
  std::string host;                // spec.host: where clients and servers are sent; empty: serverName
  std::string class_name;          // spec.ingressClassName; empty: any controller's
  std::string service;             // spec.backend.service.name; empty: the homeserver runs elsewhere
  PortRef port = 0;                // spec.backend.service.port: number or name
  std::string tls_secret;          // spec.tls.secretName: for every host that `tls_hosts` does not name
  std::vector<HostTls> tls_hosts;  // spec.tls.hosts
  std::string well_known_client;   // spec.wellKnown.client: extra keys, canonical JSON object; empty: none
  std::string well_known_server;   // spec.wellKnown.server: likewise
  std::string well_known_support;  // spec.wellKnown.support: the whole document; empty: none is served
  std::string well_known_policy_server;  // spec.wellKnown.policyServer: likewise
  bool well_known_only = false;  // spec.wellKnown.only: it runs elsewhere, and no backend may be named
  // status
  std::int64_t observed_generation = 0;
  std::vector<Condition> conditions;
  auto operator<=>(const Homeserver&) const = default;

  const std::string& effective_host() const { return host.empty() ? server_name : host; }
};

}  // namespace palpo::kube
