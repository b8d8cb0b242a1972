// SPDX-License-Identifier: Apache-2.0
// palpo.im/v1alpha1 PalpoHomeserver. The fields are documented for their authors in crds/. Plain data.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "controller/kube/ingress.h"
#include "controller/kube/kind_info.h"
#include "controller/kube/meta.h"
#include "controller/kube/status.h"

namespace palpo::kube {

struct HostTls {
  std::string host;
  std::string secret;
  auto operator<=>(const HostTls&) const = default;
};

struct Homeserver {
  static constexpr KindInfo kInfo{.name = "PalpoHomeserver",
                                  .api_version = "palpo.im/v1alpha1",
                                  .path = "/apis/palpo.im/v1alpha1/palpohomeservers",
                                  .absent_by = 404,
                                  .role = Role::authored,
                                  .class_rule = ClassRule::or_default,
                                  .status = StatusKind::conditions};
  static Homeserver decode(Meta meta, Fields& object);
  static Shape shape();

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
  Status status;
  auto operator<=>(const Homeserver&) const = default;

  auto matter() const {
    return std::tuple(
        meta.authored(),
        std::tie(server_name, host, class_name, service, port, tls_secret, tls_hosts, well_known_client,
                 well_known_server, well_known_support, well_known_policy_server, well_known_only));
  }

  const std::string& effective_host() const { return host.empty() ? server_name : host; }
};

}  // namespace palpo::kube
