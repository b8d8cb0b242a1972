// SPDX-License-Identifier: Apache-2.0
// The controller's picture for people: JSON of /config. Holds no secret: a snapshot has none. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "controller/lease/candidate.h"
#include "controller/publish/publisher.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/translation.h"

namespace palpo::reconcile {

struct Picture {
  std::uint64_t generation = 0;
  std::string not_ready;
  const std::map<std::string, std::string>* faults = nullptr;
  const store::ClusterState* state = nullptr;
  const translate::Translation* translation = nullptr;  // null: none yet
  const publish::PublishState* publish = nullptr;
  const api::Snapshot* published = nullptr;
  std::optional<lease::Standing> standing = {};  // in the election; nullopt: there is none
};

std::string describe_json(const Picture& picture);

}  // namespace palpo::reconcile
