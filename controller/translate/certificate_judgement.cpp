// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/certificate_judgement.h"

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

class Judge {
 public:
  Judge(const std::string& host, const HostCertificate& choice, const Surroundings& surroundings)
      : host_(host), choice_(choice), surroundings_(surroundings) {}

  Judgement judge(const Claimant& claimant) const {
    Judgement judgement;
    judgement.ready = !names_secret(claimant) || judge_own_secret(*claimant.claim->tls, judgement);
    if (!claimant.is_homeserver()) {
      judge_default(claimant, judgement);
      return judgement;
    }
    if (!choice_.chosen) {
      judgement.ready = false;
      if (!names_secret(claimant)) {
        judgement.findings.push_back(
            warning(Concern::certificate, "CertificateMissing",
                    "spec.tls names no certificate for host " + host_ + consequence()));
      }
    } else if (!(names_secret(claimant) && claimant.claim->tls->secret == *choice_.secret)) {
      judgement.ready = complain(*choice_.secret, *choice_.chosen, judgement) && !choice_.chosen->problem;
    }
    return judgement;
  }

 private:
  std::string consequence() const {
    if (choice_.chosen) return ": Secret " + choice_.secret->text() + " is used for host " + host_;
    if (choice_.refuses_tls) return ": TLS for host " + host_ + " is refused";
    return ": host " + host_ + " gets the default certificate";
  }

  void judge_default(const Claimant& claimant, Judgement& judgement) const {
    const bool asks = claimant.claim->tls && claimant.claim->tls->asks_default();
    if (!asks || choice_.chosen || surroundings_.default_secret) return;
    judgement.ready = false;
    judgement.findings.push_back(
        warning(Concern::certificate, "CertificateMissing",
                "spec.tls names no Secret for host " + host_ +
                    ", and there is no default certificate: clients are shown one that "
                    "nobody trusts"));
  }

  // Adds what is held against a certificate. True: nobody will refuse it.
  bool complain(const kube::ObjectKey& secret, const Inspection& inspection, Judgement& judgement) const {
    bool good = true;
    for (auto& finding : complaints(secret, inspection, surroundings_.now)) {
      good = good && finding.severity != Severity::warning;
      judgement.findings.push_back(std::move(finding));
    }
    return good;
  }

  bool judge_own_secret(const TlsClaim& tls, Judgement& judgement) const {
    const auto& inspection = surroundings_.inspect(tls.secret);
    const bool usable = serves(inspection, host_);
    if (inspection.problem) {
      auto finding = *inspection.problem;
      finding.message +=
          usable ? ": its last good certificate is used until " + rfc3339(inspection.info.not_after)
                 : consequence();
      judgement.findings.push_back(std::move(finding));
      return false;
    }
    if (!usable) {
      // A secret for whichever hosts it covers may leave this one to somebody else.
      if (!choice_.chosen || tls.names_the_host) {
        judgement.findings.push_back(warning(Concern::certificate, "CertificateHostMismatch",
                                             "the certificate of Secret " + tls.secret.text() +
                                                 " does not name " + host_ + ", only " +
                                                 names_text(inspection.info.dns_names) + consequence()));
      }
      return false;
    }
    return complain(tls.secret, inspection, judgement);
  }

  const std::string& host_;
  const HostCertificate& choice_;
  const Surroundings& surroundings_;
};

}  // namespace

Judgement judge_certificate(const std::string& host, const HostCertificate& choice, const Claimant& claimant,
                            const Surroundings& surroundings) {
  return Judge(host, choice, surroundings).judge(claimant);
}

std::vector<Finding> complaints(const kube::ObjectKey& key, const Inspection& inspection,
                                WallClock::time_point now) {
  std::vector<Finding> found;
  const auto text = "the certificate of Secret " + key.text();
  const auto& info = inspection.info;
  if (info.not_after <= now) {
    found.push_back(
        warning(Concern::certificate, "CertificateExpired", text + " expired at " + rfc3339(info.not_after)));
  } else if (info.not_before > now) {
    found.push_back(warning(Concern::certificate, "CertificateNotYetValid",
                            text + " is valid only from " + rfc3339(info.not_before) + " on"));
  }
  if (const auto& issuer = info.chain.first_to_expire; issuer && issuer->not_after <= now) {
    found.push_back(warning(Concern::certificate, "CertificateChainExpired",
                            text + " comes with the issuer " + api::shown(issuer->subject) +
                                ", which expired at " + rfc3339(issuer->not_after) +
                                ": other servers may refuse it"));
  }
  if (inspection.chain) found.push_back(*inspection.chain);
  return found;
}

}  // namespace palpo::translate
