// SPDX-License-Identifier: Apache-2.0
// What there is to know of a kind beside its fields: a row of the table of kinds. Each kind's struct carries
// its own. Constants.
#pragma once
#include <span>
#include <string_view>

namespace palpo::kube {

class Fields;
struct ShapeField;
using Shape = std::span<const ShapeField>;  // the fields that the Kubernetes API knows, see shape.h

// What objects of a kind are to a translation.
enum class Role {
  authored,    // they ask for hosts and are told in their status what became of it
  referenced,  // others name them
  part,        // a part of others, and looked at with those
  rule,        // they decide how everything else is read
};

// How an authored object says whose it is.
enum class ClassRule {
  named,       // by spec.ingressClassName or the annotation; without one it is nobody's
  or_default,  // by spec.ingressClassName; without one it belongs to the default class
};

// What the status of an authored object consists of.
enum class StatusKind { conditions, addresses };

struct KindInfo {
  std::string_view name;                 // "Ingress"
  std::string_view api_version;          // "networking.k8s.io/v1"
  std::string_view path;                 // list path at cluster scope: "/apis/networking.k8s.io/v1/ingresses"
  std::string_view field_selector = {};  // "type=kubernetes.io/tls"
  bool namespaced = true;
  // The answer by which a cluster is without the kind, and served without it: 403 where a role may lack the
  // right, 404 where its definition may be missing. 0: nothing is ever published without it.
  int absent_by = 0;
  Role role = Role::authored;
  // Of authored kinds:
  ClassRule class_rule = ClassRule::or_default;
  StatusKind status = StatusKind::conditions;
};

}  // namespace palpo::kube
