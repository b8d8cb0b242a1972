// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/host_certificate.h"

#include <algorithm>
#include <utility>

#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

// At most a handful: the message is read by a person.
std::string names_text(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  if (names.empty()) return "no DNS name at all (its subjectAltName has none)";
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i)
    text += (i == 0 ? "" : ", ") + api::shown(names[i]);
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

bool names_secret(const Claimant& claimant) {
  return claimant.claim->tls && !claimant.claim->tls->asks_default();
}

}  // namespace

HostCertificate::HostCertificate(const std::string& host, const std::vector<Claimant>& claimants,
                                 const Surroundings& surroundings)
    : host_(host), surroundings_(surroundings) {
  for (const auto& claimant : claimants) {
    if (!names_secret(claimant)) continue;
    const auto& inspection = look_at(claimant.claim->tls->secret);
    if (!chosen_ && serves(inspection, host_)) choose(claimant.claim->tls->secret, inspection);
  }
  const bool has_homeserver = !claimants.empty() && claimants.front().is_homeserver();
  // An Ingress gets the default certificate anyway; a homeserver only if peers can trust it.
  if (!chosen_ && has_homeserver && surroundings_.default_secret) {
    const auto& inspection = look_at(*surroundings_.default_secret);
    if (serves(inspection, host_)) choose(*surroundings_.default_secret, inspection);
  }
  const auto asks_default = [](const Claimant& claimant) {
    return !claimant.is_homeserver() && claimant.claim->tls && claimant.claim->tls->asks_default();
  };
  refuses_ = !chosen_ && has_homeserver && std::none_of(claimants.begin(), claimants.end(), asks_default);
}

const Inspection& HostCertificate::look_at(const kube::ObjectKey& secret) {
  looked_at_.insert(secret);
  return surroundings_.inspect(secret);
}

void HostCertificate::choose(const kube::ObjectKey& secret, const Inspection& inspection) {
  secret_ = secret;
  chosen_ = &inspection;
}

std::string HostCertificate::consequence() const {
  if (chosen_) return ": Secret " + secret_->text() + " is used for host " + host_;
  if (refuses_) return ": TLS for host " + host_ + " is refused";
  return ": host " + host_ + " gets the default certificate";
}

HostCertificate::Judgement HostCertificate::judge(const Claimant& claimant) const {
  Judgement judgement;
  judgement.ready = !names_secret(claimant) || judge_own_secret(*claimant.claim->tls, judgement);
  if (!claimant.is_homeserver()) {
    judge_default(claimant, judgement);
    return judgement;
  }
  if (!chosen_) {
    judgement.ready = false;
    if (!names_secret(claimant)) {
      judgement.findings.push_back(
          warning("CertificateMissing", "spec.tls names no certificate for host " + host_ + consequence()));
    }
  } else if (!(names_secret(claimant) && claimant.claim->tls->secret == *secret_)) {
    judgement.ready = complain(*secret_, *chosen_, judgement) && !chosen_->problem;
  }
  return judgement;
}

void HostCertificate::judge_default(const Claimant& claimant, Judgement& judgement) const {
  const bool asks = claimant.claim->tls && claimant.claim->tls->asks_default();
  if (!asks || chosen_ || surroundings_.default_secret) return;
  judgement.ready = false;
  judgement.findings.push_back(
      warning("CertificateMissing", "spec.tls names no Secret for host " + host_ +
                                        ", and there is no default certificate: clients are shown one that "
                                        "nobody trusts"));
}

// Adds what is held against a certificate. True: nobody will refuse it.
bool HostCertificate::complain(const kube::ObjectKey& secret, const Inspection& inspection,
                               Judgement& judgement) const {
  bool good = true;
  for (auto& finding : complaints(secret, inspection, surroundings_.now)) {
    good = good && finding.severity != Severity::warning;
    judgement.findings.push_back(std::move(finding));
  }
  return good;
}

bool HostCertificate::judge_own_secret(const TlsClaim& tls, Judgement& judgement) const {
  const auto& inspection = surroundings_.inspect(tls.secret);
  const bool usable = serves(inspection, host_);
  if (inspection.problem) {
    auto finding = *inspection.problem;
    finding.message += usable
                           ? ": its last good certificate is used until " + rfc3339(inspection.info.not_after)
                           : consequence();
    judgement.findings.push_back(std::move(finding));
    return false;
  }
  if (!usable) {
    // A secret for whichever hosts it covers may leave this one to somebody else.
    if (!chosen_ || tls.names_the_host) {
      judgement.findings.push_back(
          warning("CertificateHostMismatch", "the certificate of Secret " + tls.secret.text() +
                                                 " does not name " + host_ + ", only " +
                                                 names_text(inspection.info.dns_names) + consequence()));
    }
    return false;
  }
  return complain(tls.secret, inspection, judgement);
}

}  // namespace palpo::translate
