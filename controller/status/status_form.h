// SPDX-License-Identifier: Apache-2.0
// The forms that statuses have: what each should say of a report, and when it says that already. A kind names
// its form in the table of kinds; a new form is an entry here and its JSON in status_patch. Pure, any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "controller/kube/kinds.h"
#include "controller/status/conditions.h"

namespace palpo::status {

struct Facts {
  const translate::Report& report;
  const Programmed& programmed;
  const std::vector<kube::LoadBalancerAddress>& addresses;  // that are published
  const kube::Status& before;                               // what the object says
  std::int64_t generation = 0;                              // of the object as it is
  std::string now;                                          // RFC 3339
};

struct StatusForm {
  // What an object of ours should say; nullopt: what it says may stand for now.
  std::optional<kube::Status> (*wanted)(const Facts& facts);
  bool (*same)(const kube::Status& is, const kube::Status& wanted);
  // What the definition says of an object that no controller has looked at is nothing.
  bool (*says_something)(const kube::Status& is);
  bool tells_broken;  // it has words for an object that cannot be read
};

const StatusForm& form_of(kube::Kind kind);

}  // namespace palpo::status
