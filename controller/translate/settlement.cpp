// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/settlement.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <tuple>

#include "controller/translate/names.h"

namespace palpo::translate {
namespace {

Finding host_conflict(const std::string& host, const Owner& winner) {
  return warning("HostConflict", "host " + host + " is already served by " + winner.text());
}

class Settling {
 public:
  Settling(const std::string& host, const Title& title, const Surroundings& surroundings)
      : name_(host), title_(title), surroundings_(surroundings) {}

  Settlement settle(const std::vector<Claimant>& claimants) {
    admit(claimants);
    for (const auto& claimant : admitted_) take_paths(claimant);
    take_fallback();
    if (routes_.empty()) return std::move(result_);
    choose_certificate();
    for (const auto& claimant : admitted_) judge_certificate(claimant);
    finish();
    return std::move(result_);
  }

 private:
  Standing& standing(const Claimant& claimant) { return result_.standings[claimant.object->owner.id()]; }

  // Homeservers first: their paths are not taken away.
  void admit(const std::vector<Claimant>& claimants) {
    for (const auto& claimant : claimants) {
      standing(claimant);
      if (claimant.is_homeserver()) admitted_.push_back(claimant);
    }
    for (const auto& claimant : claimants) {
      if (claimant.is_homeserver()) continue;
      const bool stranger =
          title_.holder && title_.holder->key.namespace_ != claimant.object->owner.key.namespace_;
      if (!stranger) {
        admitted_.push_back(claimant);
      } else if (!admit_challenge(claimant)) {
        standing(claimant).findings.push_back(host_conflict(name_, *title_.holder));
        standing(claimant).accepted = false;
      }
    }
    has_homeserver_ = !admitted_.empty() && admitted_.front().is_homeserver();
  }

  // Whoever has the website: the namespace of the server name's homeserver may answer an authority's
  // challenge for it, and nothing else. True: that is all that was asked for.
  bool admit_challenge(const Claimant& claimant) {
    const auto same_namespace = [&](const Claimant& other) {
      return other.is_homeserver() &&
             other.object->owner.key.namespace_ == claimant.object->owner.key.namespace_;
    };
    if (std::none_of(admitted_.begin(), admitted_.end(), same_namespace)) return false;
    auto& part = parts_.emplace_back();
    const auto& paths = claimant.claim->paths;
    std::copy_if(paths.begin(), paths.end(), std::back_inserter(part.paths),
                 [](const PathClaim& path) { return is_acme_path(path.path); });
    if (!part.paths.empty()) admitted_.push_back({claimant.object, &part});
    return part.paths.size() == paths.size() && !claimant.claim->fallback;
  }

  const Owner* rival(const PathClaim& path) const {
    const auto it = taken_.find({path.type, path.path});
    if (it == taken_.end()) return nullptr;
    for (const auto& [listeners, owner] : it->second) {
      if ((listeners.bits & path.listeners.bits) != 0) return owner;
    }
    return nullptr;
  }

  void take_paths(const Claimant& claimant) {
    for (const auto& path : claimant.claim->paths) {
      if (const auto* winner = rival(path)) {
        standing(claimant).findings.push_back(
            warning("HostConflict",
                    "host " + name_ + " path " + path.path + " is already served by " + winner->text()));
        standing(claimant).accepted = false;
      } else {
        take(claimant, path);
      }
    }
  }

  void take(const Claimant& claimant, const PathClaim& path) {
    const auto& owner = claimant.object->owner;
    taken_[{path.type, path.path}].emplace_back(path.listeners, &owner);
    api::Route route{path.listeners, path.type, path.path, api::ProxyTo{}, owner.label()};
    auto& own = standing(claimant);
    own.served = true;
    if (const auto* backend = std::get_if<BackendRef>(&path.target)) {
      const auto cluster = backend->cluster();
      route.action = api::ProxyTo{cluster};
      own.backends.emplace(cluster, *backend);
    } else {
      route.action = std::get<api::FixedAnswer>(path.target);
    }
    routes_.push_back(std::move(route));
  }

  void take_fallback() {
    for (const auto& claimant : admitted_) {
      const auto& fallback = claimant.claim->fallback;
      if (fallback && !rival(*fallback)) take(claimant, *fallback);
    }
  }

  const Inspection& look_at(const kube::ObjectKey& secret) {
    result_.secrets.insert(secret);
    return surroundings_.inspect(secret);
  }

  static bool names_secret(const Claimant& claimant) {
    return claimant.claim->tls && !claimant.claim->tls->asks_default();
  }

  void choose_certificate() {
    for (const auto& claimant : admitted_) {
      if (!names_secret(claimant)) continue;
      const auto& inspection = look_at(claimant.claim->tls->secret);
      if (!chosen_ && serves(inspection, name_)) choose(claimant.claim->tls->secret, inspection);
    }
    // An Ingress gets the default certificate anyway; a homeserver only if peers can trust it.
    if (!chosen_ && has_homeserver_ && surroundings_.default_secret) {
      const auto& inspection = look_at(*surroundings_.default_secret);
      if (serves(inspection, name_)) choose(*surroundings_.default_secret, inspection);
    }
    refuses_ =
        !chosen_ && has_homeserver_ &&
        std::none_of(admitted_.begin(), admitted_.end(), [](const Claimant& claimant) {
          return !claimant.is_homeserver() && claimant.claim->tls && claimant.claim->tls->asks_default();
        });
  }

  void choose(const kube::ObjectKey& secret, const Inspection& inspection) {
    result_.certificate = secret;
    chosen_ = &inspection;
  }

  std::string consequence() const {
    if (chosen_) return ": Secret " + result_.certificate->text() + " is used for host " + name_;
    if (refuses_) return ": TLS for host " + name_ + " is refused";
    return ": host " + name_ + " gets the default certificate";
  }

  std::optional<Finding> out_of_time(const kube::ObjectKey& secret, const Inspection& inspection) const {
    const auto text = "the certificate of Secret " + secret.text();
    if (inspection.info.not_after <= surroundings_.now) {
      return warning("CertificateExpired", text + " expired at " + rfc3339(inspection.info.not_after));
    }
    if (inspection.info.not_before > surroundings_.now) {
      return warning("CertificateNotYetValid",
                     text + " is valid only from " + rfc3339(inspection.info.not_before) + " on");
    }
    return std::nullopt;
  }

  void judge_certificate(const Claimant& claimant) {
    auto& own = standing(claimant);
    const bool own_is_good = !names_secret(claimant) || judge_own_secret(claimant, own);
    if (!claimant.is_homeserver()) {
      own.certificate_ready = own_is_good;
      return;
    }
    own.certificate_ready = chosen_ && !chosen_->problem && !out_of_time(*result_.certificate, *chosen_);
    if (!chosen_ && !names_secret(claimant)) {
      own.findings.push_back(
          warning("CertificateMissing", "spec.tls names no certificate for host " + name_ + consequence()));
    } else if (chosen_ && !(names_secret(claimant) && claimant.claim->tls->secret == *result_.certificate)) {
      if (auto late = out_of_time(*result_.certificate, *chosen_)) own.findings.push_back(std::move(*late));
    }
  }

  bool judge_own_secret(const Claimant& claimant, Standing& own) {
    const auto& tls = *claimant.claim->tls;
    const auto& inspection = surroundings_.inspect(tls.secret);
    const bool usable = serves(inspection, name_);
    if (inspection.problem) {
      auto finding = *inspection.problem;
      finding.message += usable ? ": its last good certificate is used" : consequence();
      own.findings.push_back(std::move(finding));
      return false;
    }
    if (!usable) {
      // A secret for whichever hosts it covers may leave this one to somebody else.
      if (!chosen_ || tls.names_the_host) {
        own.findings.push_back(warning(
            "CertificateHostMismatch",
            "the certificate of Secret " + tls.secret.text() + " does not name " + name_ + consequence()));
      }
      return false;
    }
    if (auto late = out_of_time(tls.secret, inspection)) {
      own.findings.push_back(std::move(*late));
      return false;
    }
    return true;
  }

  void finish() {
    std::sort(routes_.begin(), routes_.end(), [](const api::Route& a, const api::Route& b) {
      return std::tie(a.path, a.type, a.listeners) < std::tie(b.path, b.type, b.listeners);
    });
    api::Host host;
    host.name = name_;
    if (result_.certificate) host.certificate = result_.certificate->text();
    host.no_certificate = refuses_ ? api::NoCertificate::refuse : api::NoCertificate::use_default;
    host.redirect_to_https =
        has_homeserver_ || std::any_of(admitted_.begin(), admitted_.end(),
                                       [](const Claimant& c) { return c.claim->tls.has_value(); });
    host.routes = std::move(routes_);
    result_.host = std::move(host);
  }

  const std::string& name_;
  const Title& title_;
  const Surroundings& surroundings_;
  std::vector<Claimant> admitted_;
  std::list<HostClaim> parts_;  // of claims that are admitted in part
  bool has_homeserver_ = false;
  std::map<std::pair<api::PathType, std::string>, std::vector<std::pair<api::ListenerSet, const Owner*>>>
      taken_;
  std::vector<api::Route> routes_;
  const Inspection* chosen_ = nullptr;
  bool refuses_ = false;
  Settlement result_;
};

}  // namespace

Title title_of(const std::vector<Claimant>& claimants) {
  Title title;
  for (const auto& claimant : claimants) {
    if (!claimant.claim->whole) continue;
    if (!title.holder) title.holder = claimant.object->owner;
    if (!title.homeserver && claimant.is_homeserver() &&
        claimant.object->owner.key.namespace_ == title.holder->key.namespace_) {
      title.homeserver = claimant.object->owner;
    }
  }
  return title;
}

std::optional<Finding> refusal_of(const ObjectClaims& homeserver,
                                  const std::function<const Title&(const std::string& host)>& title) {
  const auto& own = title(homeserver.host);
  if (own.homeserver != homeserver.owner) {
    return host_conflict(homeserver.host, own.homeserver ? *own.homeserver : *own.holder);
  }
  if (homeserver.server_name == homeserver.host) return std::nullopt;
  const auto& named = title(homeserver.server_name);
  if (named.homeserver && named.homeserver->key.namespace_ != homeserver.owner.key.namespace_) {
    return host_conflict(homeserver.server_name, *named.homeserver);
  }
  return std::nullopt;
}

Settlement settle(const std::string& host, const Title& title, const std::vector<Claimant>& claimants,
                  const Surroundings& surroundings) {
  return Settling(host, title, surroundings).settle(claimants);
}

}  // namespace palpo::translate
