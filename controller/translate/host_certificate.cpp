// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/host_certificate.h"

#include <algorithm>

namespace palpo::translate {

HostCertificate choose_certificate(const std::string& host, const std::vector<Claimant>& claimants,
                                   const Surroundings& surroundings) {
  HostCertificate choice;
  const auto look_at = [&](const kube::ObjectKey& secret) {
    choice.looked_at.insert(secret);
    const auto& inspection = surroundings.inspect(secret);
    if (choice.chosen || !serves(inspection, host)) return;
    choice.chosen = &inspection;
    choice.secret = secret;
  };
  for (const auto& claimant : claimants)
    if (names_secret(claimant)) look_at(claimant.claim->tls->secret);
  const bool has_homeserver = !claimants.empty() && claimants.front().is_homeserver();
  // An Ingress gets the default certificate anyway; a homeserver only if peers can trust it.
  if (!choice.chosen && has_homeserver && surroundings.default_secret) look_at(*surroundings.default_secret);
  const auto asks_default = [](const Claimant& claimant) {
    return !claimant.is_homeserver() && claimant.claim->tls && claimant.claim->tls->asks_default();
  };
  choice.refuses_tls = !choice.chosen && has_homeserver && std::ranges::none_of(claimants, asks_default);
  return choice;
}

bool names_secret(const Claimant& claimant) {
  return claimant.claim->tls && !claimant.claim->tls->asks_default();
}

}  // namespace palpo::translate
