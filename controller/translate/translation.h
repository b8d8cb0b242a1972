// SPDX-License-Identifier: Apache-2.0
// What translation makes of the objects. Plain data.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/translate/report.h"
#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"

namespace palpo::translate {

struct Translation {
  api::Snapshot snapshot;
  api::Delta change;  // of the snapshot, by the last translation
  std::shared_ptr<const api::KeyRing> keys = std::make_shared<const api::KeyRing>();
  std::map<kube::ObjectId, Report> reports;
  std::set<kube::ObjectId> changed_reports;  // what the last translation reported anew, or no more
  std::vector<Finding> findings;             // about nobody's object: the default certificate
  // When the time of a certificate begins or ends: then the same objects translate to something else.
  std::optional<WallClock::time_point> next_turn;
  // By the snapshot's certificates: when clients begin to refuse it, because it or an issuer beside it
  // expires.
  std::map<std::string, WallClock::time_point> certificate_ends;
  // Names of certificates that are asked for, and of whose Secrets nothing good is known.
  std::set<std::string> missing_certificates;
};

}  // namespace palpo::translate
