// SPDX-License-Identifier: Apache-2.0
// From the cluster's objects to one snapshot, its keys and a report per object. A pure function of the state,
// the options and the time: the same objects in any order give the same bytes. The translator remembers what
// it made of each object whose inputs did not change, so that one change among thousands costs what it
// touches; with or without that memory the result is the same (tested). Objects that never could be read have
// no report: the cluster state tells of them. Owned by the reconcile loop, one thread.
//
// A change travels objects → server names → titles of hosts → settings → hosts → reports; each step redoes
// only what the one before touched. Nothing is decided here: ingress_claims and homeserver_claims say what is
// asked for, settlement who gets it, backends and certificates what stands behind it.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/store/cluster_state.h"
#include "controller/translate/certificate_table.h"
#include "controller/translate/change_log.h"
#include "controller/translate/claims.h"
#include "controller/translate/cluster_table.h"
#include "controller/translate/options.h"
#include "controller/translate/settlement.h"
#include "controller/translate/translation.h"

namespace palpo::translate {

class Translator {
 public:
  explicit Translator(Options options);
  // The parts of it refer to each other.
  Translator(const Translator&) = delete;
  Translator& operator=(const Translator&) = delete;

  // state.take_dirty() is handed in by the caller; Dirty{.all = true} forgets everything remembered. The
  // result is valid until the next call.
  const Translation& translate(const store::ClusterState& state, const store::ClusterState::Dirty& dirty);

 private:
  // An object of ours and what became of it.
  struct Unit {
    ObjectClaims claims;
    bool named = true;               // its server name is its own
    std::optional<Finding> refusal;  // why nothing of it is served
  };
  struct HostEntry {
    std::set<Owner> claimants;
    Title title;
    Settlement settlement;
  };
  // What one change has touched so far.
  struct Round {
    const store::ClusterState& state;
    WallClock::time_point now;
    std::set<std::string> server_names;
    std::set<std::string> titles;
    std::set<std::string> hosts;
    std::set<kube::ObjectId> reports;
    bool settings = false;
  };

  void reset();
  void take_objects(Round& round, const store::ClusterState::Dirty& dirty);
  void take_object(Round& round, const kube::ObjectId& id);
  void remove_unit(Round& round, const kube::ObjectId& id);
  void note_default(Round& round, const ObjectClaims& claims, bool there);
  void insert_unit(Round& round, const kube::ObjectId& id, ObjectClaims claims);
  std::optional<ObjectClaims> claims_of(const store::ClusterState& state, const kube::ObjectId& id) const;

  void settle_server_names(Round& round);
  void weigh_titles(Round& round);
  void weigh_homeservers(Round& round, const std::string& host);
  std::vector<Claimant> claimants_of(const std::string& host, const HostEntry& entry, bool served_only) const;
  void settle_hosts(Round& round);
  void settle_host(Round& round, const std::string& name);
  std::optional<NamespaceDefault> default_of(const Title& title) const;
  const api::Host* beneath(const std::string& name);
  void adopt(Round& round, const std::string& name, HostEntry& entry, Settlement next);
  void settle_settings(Round& round);
  void settle_default(Round& round);

  void report(Round& round, const kube::ObjectId& id);
  Report report_of(const Round& round, const kube::ObjectId& id, const Unit& unit) const;
  void report_host(const std::string& name, const kube::ObjectId& id, const Unit& unit, Report& report) const;
  void report_default(const kube::ObjectId& id, const Unit& unit, Report& report) const;
  void report_backend(const std::string& cluster, Report& report) const;
  std::optional<Report> report_without_unit(const Round& round, const kube::ObjectId& id) const;

  const Options options_;
  Translation out_;
  ChangeLog snapshot_{out_.snapshot};
  CertificateTable certificates_;
  ClusterTable clusters_;
  std::map<kube::ObjectId, Unit> units_;
  std::map<std::string, std::set<Owner>> server_names_;
  std::map<std::string, HostEntry> hosts_;
  std::set<std::string> overlays_;  // hosts that show what is beneath them
  std::set<Owner> defaults_;        // Ingresses that are nothing but a default backend
  std::map<std::string, std::set<Owner>> namespace_defaults_;  // the same, by namespace
  std::optional<std::pair<Owner, BackendRef>> default_;        // for hosts that nobody has
  std::optional<api::Host> default_host_;                      // what it makes of such a host
  std::optional<kube::ObjectKey> default_certificate_;
  bool settings_settled_ = false;
};

}  // namespace palpo::translate
