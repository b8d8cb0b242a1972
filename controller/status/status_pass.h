// SPDX-License-Identifier: Apache-2.0
// From reports and acknowledgements to the wishes of the status writer: only what differs from the objects as
// they are. On the loop's thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/kube/ingress.h"
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

  // Looks only at what differs from the last time it was called.
  void run(const store::ClusterState& state, const translate::Translation& translation,
           const Programmed& programmed);
  // The object is seen no more. It may have gone, or its labels select it no more: then it still is there,
  // and what we wrote into it is taken back, unless somebody has changed it since.
  void leave(const store::ClusterState& state, const kube::Deleted& deleted);
  // The next run looks at everything: what could not be written once may be possible now.
  void look_again() { seen_.clear(); }

 private:
  // True: there was something new to tell.
  bool tell(const translate::Report& report, const kube::Meta& meta, const Programmed& programmed);
  void run_ingress(const translate::Report& report, const kube::Ingress& ingress,
                   const std::vector<kube::LoadBalancerAddress>& addresses, const Programmed& programmed);
  void run_homeserver(const translate::Report& report, const kube::Homeserver& object,
                      const Programmed& programmed);
  void run_broken(const kube::BrokenObject& broken, const Programmed& programmed);

  // What an object's wish was made from. While it is the same there is nothing new to wish.
  struct Seen {
    std::shared_ptr<const void> object;
    translate::Report report;
    bool acknowledged = false;
    bool any_data_plane = false;
  };
  bool is_new(const translate::ReportKey& key, Seen now);
  // A part of the object's status was written by this controller, in this life or one before, and by nobody
  // else since.
  bool wrote(const kube::Meta& meta) const;
  void forget_deleted(const store::ClusterState& state, const translate::Translation& translation);

  StatusSinks sinks_;
  PublishedAddress published_;
  std::string manager_;
  translate::Options options_;                                            // whose a broken object is
  std::map<translate::ReportKey, std::vector<translate::Finding>> told_;  // findings already logged and told
  std::map<translate::ReportKey, Seen> seen_;
  std::vector<kube::LoadBalancerAddress> seen_addresses_;
  std::map<api::ResourceId, std::string> seen_refused_;
};

}  // namespace palpo::status
