// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/ingress_class.h"

namespace palpo::translate {
namespace {

constexpr const char* kBuiltInClass = "palpo";
constexpr std::string_view kOurControllers = "palpo.im/";
constexpr const char* kDefaultAnnotation = "ingressclass.kubernetes.io/is-default-class";

const kube::IngressClass* find_class(const std::string& name, const store::ClusterState& state) {
  return state.find<kube::IngressClass>({"", name}).get();  // the state keeps it
}

bool is_of_ours(const kube::IngressClass& found, const Options& options) {
  if (found.controller != options.controller_name) return false;
  return !options.one_class || found.meta.key.name == options.class_name;
}

// A name that need not be one of an IngressClass: where there is one, it decides whose the name is.
bool name_is_ours(const std::string& name, const store::ClusterState& state, const Options& options) {
  if (const auto* const found = find_class(name, state)) return is_of_ours(*found, options);
  return name == options.class_name;
}

bool is_default(const kube::IngressClass& found) {
  const auto annotation = found.meta.annotations.find(kDefaultAnnotation);
  return annotation != found.meta.annotations.end() && annotation->second == "true";
}

// The cluster's default class as far as it is one of a controller like this: of several the newest, as the
// API server has it for Ingresses. Every such controller comes to the same name, so that one alone takes what
// names no class.
std::string default_class(const store::ClusterState& state, const Options& options) {
  const kube::IngressClass* newest = nullptr;
  for (const auto& [key, found] : state.all<kube::IngressClass>()) {
    const bool like_us =
        found->controller == options.controller_name || found->controller.starts_with(kOurControllers);
    if (!like_us || !is_default(*found)) continue;
    if (newest == nullptr || found->meta.creation_timestamp > newest->meta.creation_timestamp)
      newest = found.get();
  }
  return newest == nullptr ? kBuiltInClass : newest->meta.key.name;
}

// The class of an object that has to name one.
bool named_is_ours(const kube::Meta& meta, const std::optional<std::string>& class_name,
                   const store::ClusterState& state, const Options& options) {
  if (class_name) {
    if (const auto* const found = find_class(*class_name, state)) return is_of_ours(*found, options);
    // Without the right to read classes (a role for one namespace) their names are all there is.
    return state.absent().contains({kube::Kind::ingress_class}) && *class_name == options.class_name;
  }
  const auto annotation = meta.annotations.find(std::string(kube::kClassAnnotation));
  return annotation != meta.annotations.end() && name_is_ours(annotation->second, state, options);
}

bool named_or_default_is_ours(const std::string& class_name, const store::ClusterState& state,
                              const Options& options) {
  if (!class_name.empty()) return name_is_ours(class_name, state, options);
  return options.alone || name_is_ours(default_class(state, options), state, options);
}

}  // namespace

bool is_ours(kube::ClassRule rule, const kube::Meta& meta, const std::optional<std::string>& class_name,
             const store::ClusterState& state, const Options& options) {
  if (rule == kube::ClassRule::named) return named_is_ours(meta, class_name, state, options);
  return named_or_default_is_ours(class_name.value_or(""), state, options);
}

}  // namespace palpo::translate
