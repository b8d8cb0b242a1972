// SPDX-License-Identifier: Apache-2.0
// Which certificate a host shows: the first Secret that names the host in the order of the claimants; else,
// beside a homeserver, the default certificate if it does. A homeserver's host without one refuses TLS,
// unless an Ingress asks for the default certificate (docs/adr/0004, rule 7). Pure; what it is given outlives
// it.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/translate/settlement.h"

namespace palpo::translate {

struct HostCertificate {
  const Inspection* chosen = nullptr;     // null: none of its own
  std::optional<kube::ObjectKey> secret;  // whose it is
  std::set<kube::ObjectKey> looked_at;
  bool refuses_tls = false;
};

// claimants: those that are served, homeservers first.
HostCertificate choose_certificate(const std::string& host, const std::vector<Claimant>& claimants,
                                   const Surroundings& surroundings);

// The claimant names a Secret for the host.
bool names_secret(const Claimant& claimant);

}  // namespace palpo::translate
