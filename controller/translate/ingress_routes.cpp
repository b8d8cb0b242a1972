// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/ingress_routes.h"

#include <algorithm>

#include "controller/translate/names.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

api::PathType path_type(kube::IngressPathType type) {
  return type == kube::IngressPathType::exact ? api::PathType::exact : api::PathType::prefix;
}

// The first entry that names the host, else the first whose wildcard covers it, else the first that names no
// host.
const kube::IngressTls* tls_entry(const kube::Ingress& ingress, std::string_view host) {
  const kube::IngressTls* covering = nullptr;
  const kube::IngressTls* open = nullptr;
  for (const auto& entry : ingress.tls) {
    if (entry.hosts.empty() && !open) open = &entry;
    for (const auto& name : entry.hosts) {
      if (name == host) return &entry;
      if (!covering && wildcard_covers(name, host)) covering = &entry;
    }
  }
  return covering ? covering : open;
}

class Reading {
 public:
  explicit Reading(const kube::Ingress& ingress) : ingress_(ingress) {
    claims_.owner = {ingress.meta.creation_timestamp, ingress.meta.key, kube::Kind::ingress};
    claims_.uid = ingress.meta.uid;
    claims_.generation = ingress.meta.generation;
  }

  ObjectClaims read() {
    if (ingress_.default_backend) {
      read_default(backend_ref(space(), *ingress_.default_backend));
    } else if (ingress_.rules.empty()) {
      refuse("InvalidSpec", "neither spec.rules nor spec.defaultBackend says what to serve");
    }
    for (const auto& rule : ingress_.rules) read_rule(rule);
    for (const auto& entry : ingress_.tls) {
      for (const auto& host : entry.hosts) read_tls_host(host);
    }
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
    claims_.default_backend = std::move(backend);
    claims_.only_default = ingress_.rules.empty();
  }

  // nullptr: the host cannot be served.
  HostClaim* claim_host(const std::string& host) {
    if (const auto it = claims_.hosts.find(host); it != claims_.hosts.end()) return &it->second;
    if (host != kEveryHost && !is_dns_name(host) && !is_wildcard_name(host)) {
      refuse("InvalidHost",
             "host " + api::shown(host) + " is neither a DNS name in lower case nor a wildcard of one");
      return nullptr;
    }
    auto& claim = claims_.hosts[host];
    if (const auto* entry = tls_entry(ingress_, host)) {
      claim.tls = TlsClaim{{space(), entry->secret}, true};
    }
    if (claims_.default_backend) {
      claim.fallback = PathClaim{listeners(claim, "/"), api::PathType::prefix, "/", *claims_.default_backend};
    }
    return &claim;
  }

  static api::ListenerSet listeners(const HostClaim& claim, std::string_view path) {
    return claim.tls && !is_acme_path(path) ? kHttps : kHttpAndHttps;
  }

  void read_rule(const kube::IngressRule& rule) {
    if (rule.paths.empty() && !claims_.default_backend) return;
    const auto host = rule.host.empty() ? std::string(kEveryHost) : rule.host;
    auto* claim = claim_host(host);
    if (!claim) return;
    for (const auto& path : rule.paths) read_path(host, *claim, path);
  }

  void read_path(const std::string& host, HostClaim& claim, const kube::IngressPath& source) {
    const std::string text = source.path.empty() ? "/" : source.path;
    if (const auto fault = api::path_fault(text)) {
      return refuse("InvalidPath", "host " + host + " path " + api::shown(text) + " " + *fault);
    }
    const auto backend = backend_ref(space(), source.backend);
    if (const auto fault = backend_fault(backend)) {
      return refuse("InvalidSpec", "host " + host + " path " + api::shown(text) + ": " + *fault);
    }
    const auto type = path_type(source.type);
    PathClaim path{listeners(claim, text), type, type == api::PathType::prefix ? normal_prefix(text) : text,
                   backend};
    const auto twin = std::find_if(claim.paths.begin(), claim.paths.end(), [&](const PathClaim& other) {
      return other.type == path.type && other.path == path.path;
    });
    if (twin == claim.paths.end()) {
      claim.paths.push_back(std::move(path));
    } else if (twin->target != path.target) {
      claims_.findings.push_back(warning("DuplicatePath", "host " + host + " path " + path.path +
                                                              " is given twice: the first backend is used"));
    }
  }

  // A host that only spec.tls names: the default backend's, if there is one.
  void read_tls_host(const std::string& host) {
    if (claims_.hosts.contains(host)) return;
    for (const auto& claimed : claims_.hosts) {
      if (wildcard_covers(host, claimed.first)) return;
    }
    if (claims_.default_backend) {
      claim_host(host);
    } else {
      claims_.findings.push_back(
          note("TlsHostUnused", "spec.tls names host " + host + ", which no rule serves"));
    }
  }

  const kube::Ingress& ingress_;
  ObjectClaims claims_;
};

}  // namespace

ObjectClaims ingress_claims(const kube::Ingress& ingress) { return Reading(ingress).read(); }

}  // namespace palpo::translate
