// SPDX-License-Identifier: Apache-2.0
// What of the cluster is read: each scope is listed and watched by itself. Pure, any thread.
#pragma once
#include <compare>
#include <string>
#include <vector>

#include "controller/kube/kinds.h"

namespace palpo::kube {

// A kind in every namespace or in one. Of the kind Namespace: all, or the one of that name.
struct Scope {
  Kind kind = Kind::ingress;
  std::string namespace_ = {};  // empty: every namespace, or a kind that is in none
  auto operator<=>(const Scope&) const = default;

  bool holds(const ObjectKey& key) const;
  std::string text() const;  // "Secret", "Secret in the namespace a"
};

// A scope, and what of it is asked for.
struct Reading {
  Scope scope;
  std::string name = {};  // of the only object; empty: all
  std::string label_selector = {};
};

// One object beside what is watched, in whichever namespace: the Service whose address is published.
struct Extra {
  Kind kind;
  ObjectKey key;
};

struct Selection {
  std::vector<std::string> namespaces = {};         // empty: all
  std::vector<std::string> secret_namespaces = {};  // of these, whose Secrets are read; empty: those of all
  std::string label_selector = {};                  // of what authors write: Ingress and PalpoHomeserver
  std::vector<Extra> extras = {};
};

// Every kind once per namespace; what is in no namespace once; and the extras that are not among them.
std::vector<Reading> readings(const Selection& selection);
std::vector<Scope> scopes(const std::vector<Reading>& readings);

}  // namespace palpo::kube
