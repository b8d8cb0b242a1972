// SPDX-License-Identifier: Apache-2.0
// What a claimant is told of the certificate that its host shows. Pure.
#pragma once
#include <string>
#include <vector>

#include "controller/translate/host_certificate.h"

namespace palpo::translate {

struct Judgement {
  bool ready = true;  // nobody will refuse what the claimant's clients are shown
  std::vector<Finding> findings;
};

// claimant: one of those that the certificate was chosen among.
Judgement judge_certificate(const std::string& host, const HostCertificate& choice, const Claimant& claimant,
                            const Surroundings& surroundings);

// What clients and other servers will hold against a certificate that is served: its time, and its chain.
// Warnings: they will refuse it.
std::vector<Finding> complaints(const kube::ObjectKey& key, const Inspection& inspection,
                                WallClock::time_point now);

}  // namespace palpo::translate
