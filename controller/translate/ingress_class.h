// SPDX-License-Identifier: Apache-2.0
// Which Ingresses and PalpoHomeservers are this controller's: by spec.ingressClassName, else by the
// deprecated annotation that cert-manager still sets. A name belongs to the controller that its IngressClass
// names, so that several controllers in a cluster never take the same object. Pure.
#pragma once
#include "controller/store/cluster_state.h"
#include "controller/translate/options.h"

namespace palpo::translate {

bool is_ours(const kube::Ingress& ingress, const store::ClusterState& state, const Options& options);
bool is_ours(const kube::Homeserver& homeserver, const store::ClusterState& state, const Options& options);
// By what could be read of it.
bool is_ours(const kube::BrokenObject& broken, const store::ClusterState& state, const Options& options);

}  // namespace palpo::translate
