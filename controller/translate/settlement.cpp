// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/settlement.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <tuple>

#include "controller/translate/certificate_judgement.h"
#include "controller/translate/names.h"

namespace palpo::translate {
namespace {

Finding host_conflict(const std::string& host, const Owner& winner) {
  return warning("HostConflict", "host " + host + " is already served by " + winner.text() +
                                     ": one host belongs to one namespace");
}

Finding path_conflict(const std::string& host, const std::string& path, const std::string& winner) {
  return warning("HostConflict", "host " + host + " path " + path + " is already served by " + winner);
}

bool is_challenge(const RouteClaim& route) { return is_acme_path(route.match.path); }

class Settling {
 public:
  Settling(const std::string& host, const Title& title, const Surroundings& surroundings)
      : name_(host), title_(title), surroundings_(surroundings) {}

  Settlement settle(const std::vector<Claimant>& claimants) {
    admit(claimants);
    look_beneath();
    for (const auto& claimant : admitted_) take_routes(claimant);
    take_fallbacks();
    if (routes_.empty()) return std::move(result_);
    settle_certificate();
    finish();
    return std::move(result_);
  }

 private:
  Standing& standing(const Claimant& claimant) { return result_.standings[claimant.object->owner.id()]; }

  // Homeservers first: their paths are not taken away. Strangers last: they add what the holder does not
  // have.
  void admit(const std::vector<Claimant>& claimants) {
    for (const auto& claimant : claimants) {
      standing(claimant);
      if (claimant.is_homeserver()) admitted_.push_back(claimant);
    }
    has_homeserver_ = !admitted_.empty();
    for (const auto& claimant : claimants) {
      if (!claimant.is_homeserver() && !is_stranger(claimant)) admitted_.push_back(claimant);
    }
    for (const auto& claimant : claimants) {
      if (claimant.is_homeserver() || !is_stranger(claimant) || admit_challenges(claimant)) continue;
      standing(claimant).findings.push_back(host_conflict(name_, *title_.holder));
      standing(claimant).accepted = false;
    }
  }

  bool is_stranger(const Claimant& claimant) const {
    return title_.holder && title_.holder->key.namespace_ != claimant.object->owner.key.namespace_;
  }

  // Whoever has the host: an authority's challenges may be answered by anybody, and nothing else. True: that
  // is all that was asked for.
  bool admit_challenges(const Claimant& claimant) {
    auto& part = parts_.emplace_back();
    const auto& routes = claimant.claim->routes;
    std::copy_if(routes.begin(), routes.end(), std::back_inserter(part.routes), is_challenge);
    if (!part.routes.empty()) admitted_.push_back({claimant.object, &part});
    return part.routes.size() == routes.size() && claimant.claim->fallbacks.empty();
  }

  // Where challenges are all that is asked for, the rest of the host is answered as if they were not there.
  void look_beneath() {
    result_.overlay = !title_.holder && !has_homeserver_ && !admitted_.empty();
    if (result_.overlay) beneath_ = surroundings_.beneath();
  }

  const Owner* rival(const Match& match) const {
    const auto it = taken_.find(match.place());
    if (it == taken_.end()) return nullptr;
    for (const auto& [taken, owner] : it->second)
      if (rivals(taken, match)) return owner;
    return nullptr;
  }

  // Who is in the way of a route that is not the same: a homeserver of another namespace, whose paths are not
  // taken away piece by piece, or whoever answers challenges on the host already.
  std::optional<std::string> obstacle(const Claimant& claimant, const RouteClaim& route) const {
    if (claimant.is_homeserver()) return std::nullopt;
    const bool challenge = is_challenge(route);
    for (const auto& other : admitted_) {
      if (other.object->owner.key.namespace_ == claimant.object->owner.key.namespace_) continue;
      const auto in_the_way = [&](const RouteClaim& taken) {
        const bool matters = other.is_homeserver() || (challenge && !is_stranger(other) &&
                                                       is_stranger(claimant) && is_challenge(taken));
        return matters && covers(taken.match, route.match);
      };
      const auto& [routes, fallbacks] = std::tie(other.claim->routes, other.claim->fallbacks);
      if (std::any_of(routes.begin(), routes.end(), in_the_way) ||
          (other.is_homeserver() && std::any_of(fallbacks.begin(), fallbacks.end(), in_the_way)))
        return other.object->owner.text();
    }
    return challenge && beneath_ ? obstacle_beneath(route.match) : std::nullopt;
  }

  std::optional<std::string> obstacle_beneath(const Match& match) const {
    for (const auto& route : beneath_->routes) {
      if (is_acme_path(route.path) && covers(match_of(route), match)) {
        auto owner = route.owner;  // "Ingress/ns/name"
        if (const auto slash = owner.find('/'); slash != std::string::npos) owner[slash] = ' ';
        return owner;
      }
    }
    return std::nullopt;
  }

  void take_routes(const Claimant& claimant) {
    for (const auto& route : claimant.claim->routes) {
      const auto* same = rival(route.match);
      const auto winner = same ? std::optional(same->text()) : obstacle(claimant, route);
      if (winner) {
        standing(claimant).findings.push_back(path_conflict(name_, route.match.path, *winner));
        standing(claimant).accepted = false;
      } else {
        take(claimant, route);
      }
    }
  }

  void take(const Claimant& claimant, const RouteClaim& route) {
    const auto& owner = claimant.object->owner;
    taken_[route.match.place()].emplace_back(route.match, &owner);
    auto& own = standing(claimant);
    own.served = true;
    if (const auto* backend = std::get_if<BackendRef>(&route.target))
      own.backends.emplace(backend->cluster(), *backend);
    routes_.push_back(route_of(route, owner));
  }

  void take_fallbacks() {
    for (const auto& claimant : admitted_) {
      for (const auto& fallback : claimant.claim->fallbacks) {
        if (!rival(fallback.match)) take(claimant, fallback);
      }
    }
    take_namespace_default();
  }

  // Last of all, and never on a homeserver's own host.
  void take_namespace_default() {
    if (!surroundings_.namespace_default || !title_.holder || title_.homeserver) return;
    const auto& [object, backend] = *surroundings_.namespace_default;
    const Match match{asks_tls() ? kHttps : kHttpAndHttps, api::PathType::prefix, "/"};
    if (rival(match)) return;
    auto& part = parts_.emplace_back();
    take({object, &part}, {.match = match, .target = *backend});
  }

  bool asks_tls() const {
    return has_homeserver_ || std::any_of(admitted_.begin(), admitted_.end(), [](const Claimant& claimant) {
             return claimant.claim->tls.has_value();
           });
  }

  void settle_certificate() {
    const auto certificate = choose_certificate(name_, admitted_, surroundings_);
    for (const auto& claimant : admitted_) {
      auto& own = standing(claimant);
      auto judgement = judge_certificate(name_, certificate, claimant, surroundings_);
      own.certificate_ready = judgement.ready;
      std::move(judgement.findings.begin(), judgement.findings.end(), std::back_inserter(own.findings));
    }
    result_.certificate = certificate.secret;
    result_.secrets = certificate.looked_at;
    refuses_ = certificate.refuses_tls;
  }

  void finish() {
    std::ranges::sort(routes_, comes_before);
    api::Host host;
    host.name = name_;
    if (result_.certificate) host.certificate = result_.certificate->text();
    host.no_certificate = refuses_ ? api::NoCertificate::refuse : api::NoCertificate::use_default;
    host.redirect_to_https = asks_tls();
    host.routes = std::move(routes_);
    if (beneath_) lay_over(host);
    result_.host = std::move(host);
  }

  void lay_over(api::Host& host) const {
    if (!host.certificate) {
      host.certificate = beneath_->certificate;
      host.no_certificate = beneath_->no_certificate;
    }
    host.redirect_to_https = host.redirect_to_https || beneath_->redirect_to_https;
    for (const auto& route : beneath_->routes) {
      if (!rival(match_of(route))) host.routes.push_back(route);
    }
    std::ranges::sort(host.routes, comes_before);
  }

  const std::string& name_;
  const Title& title_;
  const Surroundings& surroundings_;
  std::vector<Claimant> admitted_;
  std::list<HostClaim> parts_;  // of claims that are admitted in part
  bool has_homeserver_ = false;
  const api::Host* beneath_ = nullptr;
  std::map<Match::Place, std::vector<std::pair<Match, const Owner*>>> taken_;
  std::vector<api::Route> routes_;
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

namespace {

Finding refusal_by(const Owner& winner, const std::string& host, const Owner& loser) {
  if (winner.key.namespace_ != loser.key.namespace_) return host_conflict(host, winner);
  return warning("HostConflict", "host " + host + " is already served by " + winner.text() +
                                     ": one host serves one homeserver");
}

}  // namespace

std::optional<Finding> refusal_of(const ObjectClaims& homeserver,
                                  const std::function<const Title&(const std::string& host)>& title) {
  if (!homeserver.host.empty()) {  // empty: it runs elsewhere
    const auto& own = title(homeserver.host);
    if (own.homeserver != homeserver.owner)
      return refusal_by(own.homeserver ? *own.homeserver : *own.holder, homeserver.host, homeserver.owner);
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
