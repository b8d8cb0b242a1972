// SPDX-License-Identifier: Apache-2.0
// What a PalpoHomeserver asks for: its API on its host, federation on host and server name, delegation.
#include <array>
#include <tuple>

#include "controller/translate/annotations.h"
#include "controller/translate/authored.h"
#include "controller/translate/names.h"
#include "controller/translate/well_known.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

constexpr std::array<std::string_view, 2> kClientPaths{"/_matrix", "/_synapse/client"};
constexpr std::array<std::string_view, 2> kFederationPaths{"/_matrix/federation", "/_matrix/key"};
// Also for other servers: the policy server's API, and media as older servers fetch it. A service of its own
// may have them.
constexpr std::array<std::string_view, 2> kOptionalFederationPaths{"/_matrix/policy", "/_matrix/media"};

class Reading {
 public:
  Reading(const kube::Homeserver& homeserver, const Options& options)
      : homeserver_(homeserver), options_(options), claims_(empty_claims(homeserver)) {
    claims_.is_homeserver = true;
  }

  ObjectClaims read() {
    read_own_annotations();
    read_names();
    claims_.backend_wanted = !claims_.host.empty();
    return std::move(claims_);
  }

 private:
  void read_names() {
    auto server_name = parse_server_name(homeserver_.server_name);
    if (!server_name) {
      return refuse("InvalidServerName", "spec.serverName: " + server_name.error().message);
    }
    name_ = *std::move(server_name);
    if (const auto finding = elsewhere() ? read_elsewhere() : read_here())
      return refuse(finding->reason, finding->message);
    claims_.server_name = name_.host;
    if (elsewhere()) {
      claims_.hosts[name_.host].whole = false;
    } else {
      read_routes();
    }
    read_well_known(claims_.hosts[name_.host]);
    read_tls();
  }

  // The homeserver runs somewhere else, and only its documents are served.
  bool elsewhere() const { return homeserver_.well_known_only || homeserver_.service.empty(); }

  void refuse(std::string reason, std::string message) {
    claims_.findings.push_back(warning(std::move(reason), std::move(message)));
    claims_.accepted = false;
  }

  void read_own_annotations() {
    auto asked = read_annotations(homeserver_.meta.annotations, true);
    if (asked.listeners) {
      asked.findings.push_back(warning(
          "InvalidAnnotation", "annotation " + std::string(kListenersAnnotation) + " is for Ingresses only"));
    }
    claims_.findings = std::move(asked.findings);
    claims_.accepted = !asked.restricted;
    restricted_ = asked.restricted;
  }

  std::optional<Finding> read_here() {
    if (name_.port && *name_.port != options_.https_port && *name_.port != options_.federation_port) {
      return warning("InvalidServerName", "spec.serverName: port " + std::to_string(*name_.port) +
                                              " is not served here, only " +
                                              std::to_string(options_.https_port) + " and " +
                                              std::to_string(options_.federation_port) + " are");
    }
    claims_.host = homeserver_.host.empty() ? name_.host : homeserver_.host;
    if (const auto fault = host_fault(claims_.host, false))
      return warning("InvalidHost", "spec.host: " + api::shown(claims_.host) + " " + *fault);
    backend_ = {{homeserver_.meta.key.namespace_, homeserver_.service}, homeserver_.port, ""};
    if (const auto fault = backend_fault(backend_))
      return warning("InvalidSpec", "spec.backend.service: " + *fault);
    return std::nullopt;
  }

  std::optional<Finding> read_elsewhere() const {
    if (homeserver_.host.empty()) {
      return warning(
          "InvalidSpec",
          "neither spec.backend says which Service the homeserver is, nor spec.host where else it runs");
    }
    if (const auto fault = host_fault(homeserver_.host, false))
      return warning("InvalidHost", "spec.host: " + api::shown(homeserver_.host) + " " + *fault);
    if (!homeserver_.service.empty()) {
      return warning(
          "InvalidSpec",
          "spec.backend: with spec.wellKnown.only nothing is sent to a backend: remove one of the two");
    }
    return std::nullopt;
  }

  Target backend() const {
    if (restricted_) return api::Refusal{403};
    return backend_;
  }

  template <class Paths>
  void proxy(std::vector<RouteClaim>& claims, api::ListenerSet listeners, const Paths& paths) const {
    for (const auto path : paths)
      claims.push_back({.match = {listeners, api::PathType::prefix, std::string(path)}, .target = backend()});
  }

  void proxy_federation(HostClaim& claim, api::ListenerSet listeners) const {
    proxy(claim.routes, listeners, kFederationPaths);
    proxy(claim.fallbacks, listeners, kOptionalFederationPaths);
  }

  void read_routes() {
    auto& host = claims_.hosts[claims_.host];
    proxy(host.routes, kHttps, kClientPaths);
    proxy_federation(host, kFederation);

    auto& named = claims_.hosts[name_.host];
    if (&named == &host) return;
    named.whole = false;
    proxy_federation(named, kFederation);
    // Servers go straight to the port that a server name carries.
    if (name_.port == options_.https_port) proxy_federation(named, kHttps);
  }

  void read_well_known(HostClaim& named) {
    const auto& target = elsewhere() ? homeserver_.host : claims_.host;
    const auto port = elsewhere() ? std::uint16_t{443} : options_.https_port;
    const auto address = target + ":" + std::to_string(port);
    const auto exact = [&](std::string_view path, api::FixedAnswer document) {
      named.routes.push_back(
          {.match = {kHttps, api::PathType::exact, std::string(path)}, .target = std::move(document)});
    };
    // A server name with a port is not delegated: nobody asks for its server document.
    if (!name_.port) {
      exact(kWellKnownServer, well_known_server(address, homeserver_.well_known_server, claims_.findings));
    }
    exact(kWellKnownClient, well_known_client("https://" + (port == 443 ? target : address),
                                              homeserver_.well_known_client, claims_.findings));
    for (const auto& [path, field, document] :
         {std::tuple{kWellKnownSupport, "spec.wellKnown.support", &homeserver_.well_known_support},
          std::tuple{kWellKnownPolicyServer, "spec.wellKnown.policyServer",
                     &homeserver_.well_known_policy_server}}) {
      if (document->empty()) continue;
      if (auto answer = well_known_document(field, *document, claims_.findings))
        exact(path, *std::move(answer));
    }
  }

  void read_tls() {
    const auto& space = homeserver_.meta.key.namespace_;
    if (!homeserver_.tls_secret.empty()) {
      for (auto& [host, claim] : claims_.hosts) claim.tls = TlsClaim{{space, homeserver_.tls_secret}, false};
    }
    for (const auto& entry : homeserver_.tls_hosts) {
      if (const auto fault = host_fault(entry.host, false)) {
        claims_.findings.push_back(
            warning("InvalidHost", "spec.tls.hosts: " + api::shown(entry.host) + " " + *fault));
        continue;
      }
      const auto it = claims_.hosts.find(entry.host);
      if (it == claims_.hosts.end()) {
        claims_.findings.push_back(note("TlsHostUnused", "spec.tls.hosts names " + entry.host +
                                                             ", which is neither host nor server name"));
      } else if (!entry.secret.empty()) {
        it->second.tls = TlsClaim{{space, entry.secret}, true};
      }
    }
  }

  const kube::Homeserver& homeserver_;
  const Options& options_;
  bool restricted_ = false;
  ServerName name_;
  BackendRef backend_;
  ObjectClaims claims_;
};

}  // namespace

template <>
ObjectClaims claims_of(const kube::Homeserver& homeserver, const Options& options) {
  return Reading(homeserver, options).read();
}

}  // namespace palpo::translate
