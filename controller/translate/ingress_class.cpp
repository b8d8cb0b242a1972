// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/ingress_class.h"

namespace palpo::translate {
namespace {

bool class_is_ours(const std::string& name, const store::ClusterState& state, const Options& options) {
  const auto it = state.ingress_classes().find({"", name});
  if (it != state.ingress_classes().end()) return it->second->controller == options.controller_name;
  // Without the right to read classes (a role for one namespace) their names are all there is.
  return state.absent().contains({kube::Kind::ingress_class}) && name == options.class_name;
}

}  // namespace

bool is_ours(const kube::Ingress& ingress, const store::ClusterState& state, const Options& options) {
  if (ingress.class_name) return class_is_ours(*ingress.class_name, state, options);
  const auto annotation = ingress.meta.annotations.find(std::string(kube::kClassAnnotation));
  if (annotation == ingress.meta.annotations.end()) return false;
  return annotation->second == options.class_name || class_is_ours(annotation->second, state, options);
}

bool is_ours(const kube::Homeserver& homeserver, const store::ClusterState& state, const Options& options) {
  return homeserver.class_name.empty() || homeserver.class_name == options.class_name ||
         class_is_ours(homeserver.class_name, state, options);
}

}  // namespace palpo::translate
