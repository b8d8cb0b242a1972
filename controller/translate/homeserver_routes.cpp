// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/homeserver_routes.h"

#include <array>

#include "controller/translate/names.h"
#include "controller/translate/well_known.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

constexpr std::array<std::string_view, 2> kClientPaths{"/_matrix", "/_synapse/client"};
constexpr std::array<std::string_view, 2> kFederationPaths{"/_matrix/federation", "/_matrix/key"};

class Reading {
 public:
  Reading(const kube::Homeserver& homeserver, const Options& options)
      : homeserver_(homeserver), options_(options) {
    claims_.owner = {homeserver.meta.creation_timestamp, homeserver.meta.key, kube::Kind::homeserver};
    claims_.uid = homeserver.meta.uid;
    claims_.generation = homeserver.meta.generation;
  }

  ObjectClaims read() {
    auto server_name = parse_server_name(homeserver_.server_name);
    if (!server_name) {
      refuse("InvalidServerName", "spec.serverName: " + server_name.error().message);
      return std::move(claims_);
    }
    name_ = *std::move(server_name);
    if (name_.port && *name_.port != options_.https_port && *name_.port != options_.federation_port) {
      refuse("InvalidServerName", "spec.serverName: port " + std::to_string(*name_.port) +
                                      " is not served here, only " + std::to_string(options_.https_port) +
                                      " and " + std::to_string(options_.federation_port) + " are");
      return std::move(claims_);
    }
    claims_.host = homeserver_.host.empty() ? name_.host : homeserver_.host;
    if (!is_dns_name(claims_.host)) {
      refuse("InvalidHost", "spec.host: " + api::shown(claims_.host) + " is not a host name in lower case");
      return std::move(claims_);
    }
    backend_ = {{homeserver_.meta.key.namespace_, homeserver_.service}, homeserver_.port, ""};
    if (const auto fault = backend_fault(backend_)) {
      refuse("InvalidSpec", "spec.backend.service: " + *fault);
      return std::move(claims_);
    }
    claims_.server_name = name_.host;
    read_routes();
    read_tls();
    return std::move(claims_);
  }

 private:
  void refuse(std::string reason, std::string message) {
    claims_.findings.push_back(warning(std::move(reason), std::move(message)));
    claims_.accepted = false;
  }

  void read_routes() {
    const auto proxy = [&](HostClaim& claim, api::ListenerSet listeners, const auto& paths) {
      for (const auto path : paths) {
        claim.paths.push_back({listeners, api::PathType::prefix, std::string(path), backend_});
      }
    };
    auto& host = claims_.hosts[claims_.host];
    proxy(host, kHttps, kClientPaths);
    proxy(host, kFederation, kFederationPaths);

    auto& named = claims_.hosts[name_.host];
    if (&named != &host) {
      named.whole = false;
      proxy(named, kFederation, kFederationPaths);
      // Servers go straight to the port that a server name carries.
      if (name_.port == options_.https_port) proxy(named, kHttps, kFederationPaths);
    }
    read_well_known(named);
  }

  void read_well_known(HostClaim& named) {
    const auto address = claims_.host + ":" + std::to_string(options_.https_port);
    const auto base_url = "https://" + (options_.https_port == 443 ? claims_.host : address);
    const auto exact = [&](std::string_view path, api::FixedAnswer document) {
      named.paths.push_back({kHttps, api::PathType::exact, std::string(path), std::move(document)});
    };
    // A server name with a port is not delegated: nobody asks for its server document.
    if (!name_.port) {
      exact(kWellKnownServer, well_known_server(address, homeserver_.well_known_server, claims_.findings));
    }
    exact(kWellKnownClient, well_known_client(base_url, homeserver_.well_known_client, claims_.findings));
  }

  void read_tls() {
    const auto& space = homeserver_.meta.key.namespace_;
    if (!homeserver_.tls_secret.empty()) {
      for (auto& [host, claim] : claims_.hosts) claim.tls = TlsClaim{{space, homeserver_.tls_secret}, false};
    }
    for (const auto& entry : homeserver_.tls_hosts) {
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
  ServerName name_;
  BackendRef backend_;
  ObjectClaims claims_;
};

}  // namespace

ObjectClaims homeserver_claims(const kube::Homeserver& homeserver, const Options& options) {
  return Reading(homeserver, options).read();
}

}  // namespace palpo::translate
