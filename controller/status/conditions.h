// SPDX-License-Identifier: Apache-2.0
// From a report and what the data planes acknowledged to the conditions of an object, kstatus-compatible.
// Pure, any thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "controller/kube/status.h"
#include "controller/translate/report.h"

namespace palpo::status {

struct Programmed {
  bool acknowledged = false;  // every connected data plane serves this report's translation
  bool any_data_plane = false;
  std::map<api::ResourceId, std::string> refused;  // by the data plane, with its words
};

// Ready, Accepted, CertificateReady, RoutesProgrammed, BackendsReady; and while not Ready one more that is
// True, by the rules of kstatus: Stalled when the author has to act, Reconciling when something is still to
// come. lastTransitionTime moves only when the status flips. `now` in RFC 3339.
std::vector<kube::Condition> conditions_of(const translate::Report& report, const Programmed& programmed,
                                           const std::vector<kube::Condition>& before,
                                           const std::string& now);

}  // namespace palpo::status
