// SPDX-License-Identifier: Apache-2.0
// What an Ingress asks for.
#include <algorithm>

#include "controller/translate/annotations.h"
#include "controller/translate/authored.h"
#include "controller/translate/names.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

api::PathType path_type(kube::IngressPathType type) {
  return type == kube::IngressPathType::exact ? api::PathType::exact : api::PathType::prefix;
}

// The first entry that names the host, else the first whose wildcard covers it, else the first that names no
// host. One without a Secret gives way to a Secret that is named for no host in particular.
const kube::IngressTls* tls_entry(const kube::Ingress& ingress, std::string_view host) {
  const kube::IngressTls* naming = nullptr;
  const kube::IngressTls* covering = nullptr;
  const kube::IngressTls* open = nullptr;
  for (const auto& entry : ingress.tls) {
    if (entry.hosts.empty() && (!open || open->secret.empty())) open = &entry;
    for (const auto& name : entry.hosts) {
      if (name == host && !naming) naming = &entry;
      if (wildcard_covers(name, host) && !covering) covering = &entry;
    }
  }
  const auto* entry = naming ? naming : covering;
  if (!entry || (entry->secret.empty() && open && !open->secret.empty())) return open;
  return entry;
}

class Reading {
 public:
  explicit Reading(const kube::Ingress& ingress)
      : ingress_(ingress),
        asked_(read_annotations(ingress.meta.annotations, !ingress.tls.empty())),
        claims_(empty_claims(ingress)) {
    claims_.accepted = !asked_.restricted;
    claims_.findings = asked_.findings;
  }

  ObjectClaims read() {
    if (ingress_.default_backend) {
      read_default(backend_ref(space(), *ingress_.default_backend));
    } else if (ingress_.rules.empty()) {
      refuse("InvalidSpec", "neither spec.rules nor spec.defaultBackend says what to serve");
    }
    for (const auto& rule : ingress_.rules) read_rule(rule);
    for (const auto& entry : ingress_.tls) read_tls_entry(entry);
    for (auto& claim : claims_.hosts) give_up_host_of_challenges(claim.second);
    return std::move(claims_);
  }

 private:
  const std::string& space() const { return ingress_.meta.key.namespace_; }

  void refuse(std::string reason, std::string message) {
    claims_.findings.push_back(warning(std::move(reason), std::move(message)));
    claims_.accepted = false;
  }

  void read_default(BackendRef backend) {
    if (const auto fault = backend_fault(backend))
      return refuse("InvalidSpec", "spec.defaultBackend: " + *fault);
    default_ = std::move(backend);
    if (asked_.restricted) return;
    claims_.default_backend = default_;
    claims_.only_default = ingress_.rules.empty();
  }

  // nullptr: the host cannot be served.
  HostClaim* claim_host(const std::string& host) {
    if (const auto it = claims_.hosts.find(host); it != claims_.hosts.end()) return &it->second;
    if (host != kEveryHost) {
      if (const auto fault = host_fault(host, true)) {
        refuse("InvalidHost", "host " + api::shown(host) + " " + *fault);
        return nullptr;
      }
    }
    auto& claim = claims_.hosts[host];
    if (const auto* entry = tls_entry(ingress_, host)) {
      claim.tls = TlsClaim{{space(), entry->secret}, true};
      used_secrets_.push_back(entry->secret);
    }
    if (default_)
      claim.fallbacks.push_back(
          {.match = {listeners(claim, "/"), api::PathType::prefix, "/"}, .target = target(*default_)});
    return &claim;
  }

  api::ListenerSet listeners(const HostClaim& claim, std::string_view path) const {
    if (asked_.listeners) return *asked_.listeners;
    return claim.tls && !is_acme_path(path) ? kHttps : kHttpAndHttps;
  }

  Target target(const BackendRef& backend) const {
    if (asked_.restricted) return api::Refusal{403};
    return backend;
  }

  void read_rule(const kube::IngressRule& rule) {
    if (rule.paths.empty() && !default_) return;
    const auto host = rule.host.empty() ? std::string(kEveryHost) : rule.host;
    auto* claim = claim_host(host);
    if (!claim) return;
    for (const auto& path : rule.paths) read_path(host, *claim, path);
  }

  void read_path(const std::string& host, HostClaim& claim, const kube::IngressPath& source) {
    const bool closed_regex = asked_.restricted && looks_like_regex(source.path);
    const std::string text = closed_regex          ? std::string(literal_part(source.path))
                             : source.path.empty() ? "/"
                                                   : source.path;
    if (const auto fault = api::path_fault(text)) {
      return refuse("InvalidPath", "host " + host + " path " + api::shown(text) + " " + *fault);
    }
    const auto backend = backend_ref(space(), source.backend);
    if (const auto fault = backend_fault(backend)) {
      return refuse("InvalidSpec", "host " + host + " path " + api::shown(text) + ": " + *fault);
    }
    if (asked_.regex && looks_like_regex(text)) {
      claims_.findings.push_back(
          warning("RegexUnsupported", "host " + host + " path " + api::shown(text) +
                                          " is a regular expression, which is not supported: it is taken "
                                          "literally; write a path of its own for each"));
    }
    // All that the expression may mean is closed.
    const auto type = closed_regex ? api::PathType::prefix : path_type(source.type);
    claim_route(
        host, claim,
        {.match = {listeners(claim, text), type, type == api::PathType::prefix ? normal_prefix(text) : text},
         .target = target(backend)});
  }

  void claim_route(const std::string& host, HostClaim& claim, RouteClaim route) {
    const auto twin = std::ranges::find_if(
        claim.routes, [&](const RouteClaim& other) { return other.match.place() == route.match.place(); });
    if (twin == claim.routes.end()) {
      claim.routes.push_back(std::move(route));
    } else if (twin->target != route.target) {
      claims_.findings.push_back(warning("DuplicatePath", "host " + host + " path " + route.match.path +
                                                              " is given twice: the first backend is used"));
    }
  }

  void read_tls_entry(const kube::IngressTls& entry) {
    for (const auto& host : entry.hosts) read_tls_host(host);
    const bool used =
        std::find(used_secrets_.begin(), used_secrets_.end(), entry.secret) != used_secrets_.end();
    if (!entry.secret.empty() && !used) {
      claims_.findings.push_back(
          warning("TlsSecretUnused", "spec.tls names Secret " + entry.secret +
                                         " in an entry that is for none of the hosts that are served"));
    }
  }

  // A host that only spec.tls names: the default backend's, if there is one.
  void read_tls_host(const std::string& host) {
    if (claims_.hosts.contains(host)) return;
    if (const auto fault = host_fault(host, true)) {
      claims_.findings.push_back(warning("InvalidHost", "spec.tls: host " + api::shown(host) + " " + *fault));
      return;
    }
    for (const auto& claimed : claims_.hosts) {
      if (wildcard_covers(host, claimed.first)) return;
    }
    if (default_) {
      claim_host(host);
    } else {
      claims_.findings.push_back(
          note("TlsHostUnused", "spec.tls names host " + host + ", which no rule serves"));
    }
  }

  // Whoever only answers an authority's challenges there leaves the host to others, whatever its age.
  static void give_up_host_of_challenges(HostClaim& claim) {
    claim.whole = !claim.fallbacks.empty() || std::ranges::any_of(claim.routes, [](const RouteClaim& route) {
      return !is_acme_path(route.match.path);
    });
  }

  const kube::Ingress& ingress_;
  Asked asked_;
  std::optional<BackendRef> default_;
  std::vector<std::string> used_secrets_;
  ObjectClaims claims_;
};

}  // namespace

template <>
ObjectClaims claims_of(const kube::Ingress& ingress, const Options& /*options*/) {
  return Reading(ingress).read();
}

}  // namespace palpo::translate
