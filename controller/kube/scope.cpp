// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/scope.h"

#include <algorithm>

namespace palpo::kube {

bool Scope::holds(const ObjectKey& key) const {
  if (namespace_.empty()) return true;
  return (kind == Kind::namespace_ ? key.name : key.namespace_) == namespace_;
}

std::string Scope::text() const {
  std::string name(info(kind).name);
  if (namespace_.empty()) return name;
  return kind == Kind::namespace_ ? name + " " + namespace_ : name + " in the namespace " + namespace_;
}

std::vector<Reading> readings(const Selection& selection) {
  std::vector<Reading> all;
  for (const Kind kind : kAllKinds) {
    const auto selector = is_authored(kind) ? selection.label_selector : std::string();
    const bool one_by_one = info(kind).namespaced || kind == Kind::namespace_;
    const bool few_secrets = kind == Kind::secret && !selection.secret_namespaces.empty();
    const auto& namespaces = few_secrets ? selection.secret_namespaces : selection.namespaces;
    if (!one_by_one || namespaces.empty()) {
      all.push_back({{kind}, {}, selector});
      continue;
    }
    for (const auto& name : namespaces) all.push_back({{kind, name}, {}, selector});
  }
  for (const auto& extra : selection.extras) {
    const bool covered = std::ranges::any_of(all, [&extra](const Reading& reading) {
      return reading.scope.kind == extra.kind && reading.name.empty() && reading.scope.holds(extra.key);
    });
    if (!covered) all.push_back({{extra.kind, extra.key.namespace_}, extra.key.name, {}});
  }
  return all;
}

std::vector<Scope> scopes(const std::vector<Reading>& readings) {
  std::vector<Scope> all;
  all.reserve(readings.size());
  for (const auto& reading : readings) all.push_back(reading.scope);
  return all;
}

}  // namespace palpo::kube
