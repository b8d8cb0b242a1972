// SPDX-License-Identifier: Apache-2.0
// The strict reading of manifests: which fields the Kubernetes API knows for each kind, and of what type.
// What the controller does not read is listed too, so that a valid manifest is never refused. Each kind's
// fields stand beside its decoder. Pure, any thread.
#pragma once
#include "controller/kube/fields.h"
#include "controller/kube/kind_info.h"

namespace palpo::kube {

enum class Is { text, integer, boolean, text_or_integer, texts, text_map, any_object, object, objects };

struct ShapeField {
  std::string_view name;
  Is is;
  Shape inside = {};  // of object and objects
};

// What several kinds have in their status.
inline constexpr ShapeField kConditionShape[] = {
    {"type", Is::text},   {"status", Is::text},  {"observedGeneration", Is::integer},
    {"reason", Is::text}, {"message", Is::text}, {"lastTransitionTime", Is::text}};
inline constexpr ShapeField kPortStatusShape[] = {
    {"port", Is::integer}, {"protocol", Is::text}, {"error", Is::text}};
inline constexpr ShapeField kAddressShape[] = {
    {"ip", Is::text}, {"hostname", Is::text}, {"ipMode", Is::text}, {"ports", Is::objects, kPortStatusShape}};
inline constexpr ShapeField kLoadBalancerShape[] = {{"ingress", Is::objects, kAddressShape}};
inline constexpr ShapeField kBalancedStatusShape[] = {{"loadBalancer", Is::object, kLoadBalancerShape},
                                                      {"conditions", Is::objects, kConditionShape}};

// own: the fields beside apiVersion, kind and metadata. Sets the fault for the first unknown field or wrong
// type, in document order of sorted names.
void check_shape(Shape own, const Value& object, Fault& fault);

}  // namespace palpo::kube
