// SPDX-License-Identifier: Apache-2.0
// The canonical JSON of resources: fixed field order, no optional white space, unknown and missing fields
// refused. What seal() digests and what frames carry. Pure, any thread; the JSON library stays in the .cpp.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"

namespace palpo::api {

std::string to_json(const Host& host);
std::string to_json(const Cluster& cluster);
std::string to_json(const Certificate& certificate);
std::string to_json(const Settings& settings);
std::string to_json(const ResourceId& id);
// The whole configuration, indented, for people: /config and golden files. Holds no secret by construction.
std::string to_pretty_json(const Snapshot& snapshot);

}  // namespace palpo::api
