// SPDX-License-Identifier: Apache-2.0
// From the cluster's objects to one snapshot, its keys and a report an object. A pure function of the state,
// the options and the time: the same objects in any order give the same bytes. The translator remembers what
// it made of each object whose inputs did not change, so that one change among thousands costs what it
// touches; with or without that memory the result is the same (tested). Objects that never could be read have
// no report: the cluster state tells of them. Owned by the reconcile loop, one thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/report.h"
#include "dataplane/api/model.h"

namespace palpo::translate {

struct Options {
  std::string controller_name = "palpo.im/ingress-controller";  // IngressClass.spec.controller that is ours
  std::string class_name = "palpo";  // ours also where there is no IngressClass of that name
  bool one_class = false;            // of the controller's IngressClasses only the one of that name is ours
  bool alone = true;  // nobody else looks after the same objects: a PalpoHomeserver without a class is ours
  std::string default_tls_secret;  // "namespace/name"; empty: none
  std::uint16_t https_port = 443;  // of the public address, for m.server and base_url
  std::uint16_t federation_port = 8448;
  // An ExternalName may name this very machine. False where tenants write the Services and loopback is ours.
  bool local_backends = true;
  std::function<WallClock::time_point()> now = WallClock::now;  // whether certificates are in time
};

using ReportKey = std::pair<kube::Kind, kube::ObjectKey>;

struct Translation {
  api::Snapshot snapshot;
  api::KeyRing keys;
  std::map<ReportKey, Report> reports;
  std::vector<Finding> findings;  // about nobody's object: the default certificate
  // When the time of a certificate begins or ends: then the same objects translate to something else.
  std::optional<WallClock::time_point> next_turn;
  // By the snapshot's certificates: when clients begin to refuse it, because it or an issuer beside it
  // expires.
  std::map<std::string, WallClock::time_point> certificate_ends;
  // Names of certificates that are asked for, and of whose Secrets nothing good is known.
  std::set<std::string> missing_certificates;
};

class Translator {
 public:
  explicit Translator(Options options);
  ~Translator();
  // state.take_dirty() is handed in by the caller; Dirty{.all = true} forgets everything remembered. The
  // result is valid until the next call.
  const Translation& translate(const store::ClusterState& state, const store::ClusterState::Dirty& dirty);

 private:
  struct Memory;
  Options options_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace palpo::translate
