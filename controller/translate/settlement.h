// SPDX-License-Identifier: Apache-2.0
// Who gets what of one host: rivals in the order of their age, one certificate, one set of routes. Pure.
//
// The rules (docs/adr/0004-who-gets-a-host.md): the oldest object that asks for a host itself holds it for
// its namespace; others of that namespace may add paths. The Matrix paths of a PalpoHomeserver are never
// taken away by an Ingress. A server name's well-known and federation paths live beside a website of any
// namespace, the answers to challenges beside whatever serves the host.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/translate/certificates.h"
#include "controller/translate/claims.h"

namespace palpo::translate {

struct Claimant {
  const ObjectClaims* object = nullptr;
  const HostClaim* claim = nullptr;
  bool is_homeserver() const { return object->is_homeserver; }
};

// Whose a host is.
struct Title {
  std::optional<Owner> holder;      // the oldest that asks for the host itself
  std::optional<Owner> homeserver;  // the one homeserver that is served there, of the holder's namespace
};

// claimants: in the order of their owners.
Title title_of(const std::vector<Claimant>& claimants);

// Why a homeserver is not served at all, if it is not: its API would answer in the name of another one.
std::optional<Finding> refusal_of(const ObjectClaims& homeserver,
                                  const std::function<const Title&(const std::string& host)>& title);

// What came of one object's claim.
struct Standing {
  std::vector<Finding> findings;
  std::map<std::string, BackendRef> backends;  // by cluster name
  bool served = false;
  bool accepted = true;
  bool certificate_ready = true;
};

struct Settlement {
  std::optional<api::Host> host;  // none: nobody is served here
  bool overlay = false;           // nobody holds the host: the routes of what is beneath it are in it, too
  std::optional<kube::ObjectKey> certificate;
  std::set<kube::ObjectKey> secrets;  // what was looked at to decide
  std::map<kube::ObjectId, Standing> standings;
};

// The default backend of the namespace that holds the host, as a claim on it.
struct NamespaceDefault {
  const ObjectClaims* object = nullptr;
  const BackendRef* backend = nullptr;
};

struct Surroundings {
  std::function<const Inspection&(const kube::ObjectKey& secret)> inspect;
  std::optional<kube::ObjectKey> default_secret;
  WallClock::time_point now;
  std::optional<NamespaceDefault> namespace_default;
  // What would answer for the host if it had no entry of its own; nullptr: nothing. Asked only where nobody
  // holds the host. Valid during settle().
  std::function<const api::Host*()> beneath;
};

// claimants: in the order of their owners; homeservers that are refused are not among them.
Settlement settle(const std::string& host, const Title& title, const std::vector<Claimant>& claimants,
                  const Surroundings& surroundings);

}  // namespace palpo::translate
