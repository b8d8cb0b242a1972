// SPDX-License-Identifier: Apache-2.0
// Which certificate a host shows, and what each claimant is told of it: the first Secret that names the host
// in the order of the claimants; else, beside a homeserver, the default certificate if it does. A
// homeserver's host without one refuses TLS, unless an Ingress asks for the default certificate
// (docs/adr/0004, rule 7). Pure; what it is given outlives it.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/translate/settlement.h"

namespace palpo::translate {

class HostCertificate {
 public:
  // claimants: those that are served, homeservers first.
  HostCertificate(const std::string& host, const std::vector<Claimant>& claimants,
                  const Surroundings& surroundings);

  const std::optional<kube::ObjectKey>& secret() const { return secret_; }  // none: none of its own
  const std::set<kube::ObjectKey>& looked_at() const { return looked_at_; }
  bool refuses_tls() const { return refuses_; }

  struct Judgement {
    bool ready = true;  // nobody will refuse what the claimant's clients are shown
    std::vector<Finding> findings;
  };
  Judgement judge(const Claimant& claimant) const;

 private:
  const Inspection& look_at(const kube::ObjectKey& secret);
  void choose(const kube::ObjectKey& secret, const Inspection& inspection);
  std::string consequence() const;
  bool complain(const kube::ObjectKey& secret, const Inspection& inspection, Judgement& judgement) const;
  void judge_default(const Claimant& claimant, Judgement& judgement) const;
  bool judge_own_secret(const TlsClaim& tls, Judgement& judgement) const;

  const std::string& host_;
  const Surroundings& surroundings_;
  std::optional<kube::ObjectKey> secret_;
  const Inspection* chosen_ = nullptr;
  std::set<kube::ObjectKey> looked_at_;
  bool refuses_ = false;
};

}  // namespace palpo::translate
