// SPDX-License-Identifier: Apache-2.0
// What a PalpoHomeserver asks for: its API on its host, federation on host and server name, delegation. Pure.
#pragma once
#include "controller/kube/homeserver.h"
#include "controller/translate/claims.h"
#include "controller/translate/options.h"

namespace palpo::translate {

ObjectClaims homeserver_claims(const kube::Homeserver& homeserver, const Options& options);

}  // namespace palpo::translate
