// SPDX-License-Identifier: Apache-2.0
// Resources from their canonical JSON (json.h), syntax only: the rules of content are validate.h's. Errors
// stay in the reader. Pure, any thread.
#pragma once
#include "dataplane/api/json_reader.h"
#include "dataplane/api/model.h"

namespace palpo::api {

Host read_host(JsonReader& in);
Cluster read_cluster(JsonReader& in);
Certificate read_certificate(JsonReader& in);
Settings read_settings(JsonReader& in);
ResourceId read_resource_id(JsonReader& in);

}  // namespace palpo::api
