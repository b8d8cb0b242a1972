// SPDX-License-Identifier: Apache-2.0
// Which authored objects are this controller's: by spec.ingressClassName, else by the
// deprecated annotation that cert-manager still sets. A name belongs to the controller that its IngressClass
// names, so that several controllers in a cluster never take the same object. Pure.
#pragma once
#include "controller/store/cluster_state.h"
#include "controller/translate/options.h"

namespace palpo::translate {

bool is_ours(kube::ClassRule rule, const kube::Meta& meta, const std::optional<std::string>& class_name,
             const store::ClusterState& state, const Options& options);

template <kube::Authored T>
bool is_ours(const T& object, const store::ClusterState& state, const Options& options) {
  return is_ours(T::kInfo.class_rule, object.meta, object.class_name, state, options);
}
// By what could be read of it.
inline bool is_ours(const kube::BrokenObject& broken, const store::ClusterState& state,
                    const Options& options) {
  return is_ours(kube::info(broken.kind).class_rule, broken.meta, broken.class_name, state, options);
}

}  // namespace palpo::translate
