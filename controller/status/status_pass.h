// SPDX-License-Identifier: Apache-2.0
// From reports and acknowledgements to the wishes of the status writer: only what differs from the objects as
// they are. On the loop's thread.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/status/conditions.h"
#include "controller/status/status_writer.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/options.h"
#include "controller/translate/translation.h"

namespace palpo::status {

// Where wishes go: the status writer; without an API server nowhere. Either may be empty.
struct StatusSinks {
  std::function<void(WantedStatus)> status;
  std::function<void(WantedEvent)> event;
};

struct PublishedAddress {
  std::vector<std::string> fixed;          // --publish-address
  std::optional<kube::ObjectKey> service;  // --publish-service
};

class StatusPass {
 public:
  // manager: the field manager of what this controller writes.
  StatusPass(StatusSinks sinks, PublishedAddress published, std::string manager,
             translate::Options options = {});

  // The object, or what is reported of it, is not what it was: the next run looks at it.
  void note(const kube::ObjectId& id) {
    if (is_authored(id.first)) noted_.insert(id);
  }
  // The next run looks at everything: what could not be written once may be possible now.
  void look_again() { all_noted_ = true; }
  // Costs what was noted since the last call, unless addresses or refusals have changed. What it found while
  // data planes had not acknowledged it finds again when they have.
  void run(const store::ClusterState& state, const translate::Translation& translation,
           const Programmed& programmed);
  // The object is seen no more. It may have gone, or its labels select it no more: then it still is there,
  // and what we wrote into it is taken back, unless somebody has changed it since.
  void leave(const store::ClusterState& state, const kube::Deleted& deleted);

 private:
  struct Round;
  std::set<kube::ObjectId> take_noted(const Round& round);
  void look_at(const Round& round, const kube::ObjectId& id);
  template <kube::Authored T>
  void look_at(const Round& round, const translate::Report& report, const T& object);
  void look_at_broken(const Round& round, const kube::BrokenObject& broken);
  // True: there was something new to tell.
  bool tell(const translate::Report& report, const kube::Meta& meta, const Programmed& programmed);
  void wish(kube::Kind kind, kube::Meta meta, kube::Status status) const;
  // A part of the object's status was written by this controller, in this life or one before, and by nobody
  // else since.
  bool wrote(const kube::Meta& meta) const;

  StatusSinks sinks_;
  PublishedAddress published_;
  std::string manager_;
  translate::Options options_;                                      // whose a broken object is
  std::map<kube::ObjectId, std::vector<translate::Finding>> told_;  // findings already logged and told
  std::set<kube::ObjectId> noted_;
  std::set<kube::ObjectId> unacknowledged_;  // looked at too early
  bool all_noted_ = true, all_unacknowledged_ = false;
  bool seen_acknowledged_ = false, seen_data_plane_ = false;
  std::vector<kube::LoadBalancerAddress> seen_addresses_;
  std::map<api::ResourceId, std::string> seen_refused_;
};

}  // namespace palpo::status
