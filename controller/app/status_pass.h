// SPDX-License-Identifier: Apache-2.0
// From reports and acknowledgements to the wishes of the status writer: only what differs from the objects as they
// are. On the loop's thread.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/kube/ingress.h"
#include "controller/status/conditions.h"
#include "controller/status/status_writer.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/translate.h"

namespace palpo::app {

// Where wishes go: the status writer; without an API server nowhere. Either may be empty.
struct StatusSinks {
  std::function<void(status::WantedStatus)> status;
  std::function<void(status::WantedEvent)> event;
};

struct PublishedAddress {
  std::vector<std::string> fixed;                 // --publish-address
  std::optional<kube::ObjectKey> service;         // --publish-service
};

class StatusPass {
 public:
  StatusPass(StatusSinks sinks, PublishedAddress published);

  void run(const store::ClusterState& state, const translate::Translation& translation,
           const status::Programmed& programmed);

 private:
  // True: there was something new to tell.
  bool tell(const translate::Report& report, const kube::Meta& meta, const status::Programmed& programmed);
  void run_ingress(const translate::Report& report, const kube::Ingress& ingress,
                   const std::vector<kube::LoadBalancerAddress>& addresses, const status::Programmed& programmed);
  void run_homeserver(const translate::Report& report, const kube::Homeserver& object,
                      const status::Programmed& programmed);
  void run_broken(const kube::BrokenObject& broken, const status::Programmed& programmed);

  StatusSinks sinks_;
  PublishedAddress published_;
  std::map<translate::ReportKey, std::vector<translate::Finding>> told_;  // findings already logged and told
  std::set<translate::ReportKey> ours_;  // objects whose status this process has written
};

}  // namespace palpo::app
