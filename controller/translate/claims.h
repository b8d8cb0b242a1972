// SPDX-License-Identifier: Apache-2.0
// What one object asks for, before anybody else is looked at: hosts, routes, certificates, backends. Rivals
// are settled later (settlement.h). Plain data, pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/kube/ingress.h"
#include "controller/translate/match.h"
#include "controller/translate/report.h"
#include "dataplane/api/model.h"

namespace palpo::translate {

// Whose claim it is. Order: the oldest object first, then by namespace and name; files have no age and come
// first.
struct Owner {
  std::string created;
  kube::ObjectKey key;
  kube::Kind kind = kube::Kind::ingress;

  kube::ObjectId id() const { return {kind, key}; }
  std::string text() const;   // "Ingress ns/name", for messages
  std::string label() const;  // "Ingress/ns/name", for Route::owner
  auto operator<=>(const Owner&) const = default;
};

// A Service's port, or a `resource` backend, which no Service stands behind.
struct BackendRef {
  kube::ObjectKey service;
  kube::PortRef port = 0;
  std::string resource;

  std::string cluster() const;  // "ns/service:port"
  auto operator<=>(const BackendRef&) const = default;
};
BackendRef backend_ref(const std::string& namespace_, const kube::IngressBackend& backend);
// What keeps it from being anybody's name, e.g. a blank in the name of the Service.
std::optional<std::string> backend_fault(const BackendRef& backend);

// What is done to a request, or to its answer, on the way. Nothing is: the raw target is what is forwarded.
struct Filters {
  auto operator<=>(const Filters&) const = default;
};

// Who answers.
using Target = std::variant<BackendRef, api::FixedAnswer, api::Refusal>;

struct RouteClaim {
  Match match;
  Filters filters = {};
  Target target = {};
  auto operator<=>(const RouteClaim&) const = default;
};

inline api::Action action_of(const BackendRef& backend) { return api::ProxyTo{backend.cluster()}; }
inline api::Action action_of(const api::FixedAnswer& answer) { return answer; }
inline api::Action action_of(const api::Refusal& refusal) { return refusal; }

inline api::Route route_of(const RouteClaim& claim, const Owner& owner) {
  api::Route route;
  set_match(route, claim.match);
  route.action = std::visit([](const auto& target) { return action_of(target); }, claim.target);
  route.owner = owner.label();
  return route;
}

struct TlsClaim {
  kube::ObjectKey secret;      // name empty: the default certificate is asked for
  bool names_the_host = true;  // false: a secret for whichever hosts it covers
  bool asks_default() const { return secret.name.empty(); }
};

struct HostClaim {
  // The host itself is asked for. False: only a part of it, beside whoever has the rest: a Matrix server
  // name's well-known and federation paths, or the answers to an authority's challenges.
  bool whole = true;
  std::vector<RouteClaim> routes;
  std::vector<RouteClaim> fallbacks;  // each is served where nobody asks for the same
  std::optional<TlsClaim> tls;
};

struct ObjectClaims {
  Owner owner;
  std::string uid;
  std::int64_t generation = 0;
  // A homeserver's paths are never taken away piece by piece, and its host shows no certificate that other
  // servers refuse.
  bool is_homeserver = false;
  std::string server_name;     // host of a Matrix server name; empty: none
  std::string host;            // where a homeserver is served
  bool backend_wanted = true;  // false: it is served elsewhere
  std::map<std::string, HostClaim> hosts;
  std::optional<BackendRef> default_backend;  // for whatever no path of its own hosts takes
  bool only_default = false;                  // and of its namespace's hosts, and of nobody's
  std::vector<Finding> findings;
  bool accepted = true;
};

inline constexpr api::ListenerSet kHttp = api::ListenerSet{}.with(api::Listener::http);
inline constexpr api::ListenerSet kHttps = api::ListenerSet{}.with(api::Listener::https);
inline constexpr api::ListenerSet kHttpAndHttps = kHttp.with(api::Listener::https);
inline constexpr api::ListenerSet kFederation = api::ListenerSet{}.with(api::Listener::federation);

inline constexpr std::string_view kEveryHost = "*";

}  // namespace palpo::translate
