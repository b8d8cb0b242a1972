// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/decode.h"
#include "controller/kube/namespace.h"
#include "controller/kube/shape.h"

namespace palpo::kube {
namespace {

constexpr ShapeField kNamespaceSpec[] = {{"finalizers", Is::texts}};
constexpr ShapeField kNamespaceStatus[] = {{"phase", Is::text}, {"conditions", Is::objects, kConditionShape}};
constexpr ShapeField kNamespace[] = {{"spec", Is::object, kNamespaceSpec},
                                     {"status", Is::object, kNamespaceStatus}};

}  // namespace

Namespace Namespace::decode(Meta meta, Fields& object) {
  const bool terminating = meta.deleting || object.object("status").text("phase") == "Terminating";
  return {std::move(meta), terminating};
}

Shape Namespace::shape() { return kNamespace; }

}  // namespace palpo::kube
