// SPDX-License-Identifier: Apache-2.0
// Which Ingresses and PalpoHomeservers are this controller's: by spec.ingressClassName, else by the
// deprecated annotation that cert-manager still sets. Pure.
#pragma once
#include "controller/store/cluster_state.h"
#include "controller/translate/translate.h"

namespace palpo::translate {

bool is_ours(const kube::Ingress& ingress, const store::ClusterState& state, const Options& options);
bool is_ours(const kube::Homeserver& homeserver, const store::ClusterState& state, const Options& options);

}  // namespace palpo::translate
