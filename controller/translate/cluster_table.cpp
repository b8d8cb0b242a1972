// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/cluster_table.h"

#include "base/check.h"

namespace palpo::translate {

void ClusterTable::acquire(const BackendRef& backend, const kube::ObjectId& user,
                           const store::ClusterState& state) {
  const auto name = backend.cluster();
  const auto [it, fresh] = entries_.try_emplace(name);
  ++it->second.users[user];
  if (!fresh) return;
  it->second.backend = backend;
  by_service_[backend.service].insert(name);
  resolve(name, it->second, state);
}

void ClusterTable::release(const BackendRef& backend, const kube::ObjectId& user) {
  const auto name = backend.cluster();
  const auto it = entries_.find(name);
  PALPO_CHECK(it != entries_.end());
  const auto uses = it->second.users.find(user);
  PALPO_CHECK(uses != it->second.users.end());
  if (--uses->second == 0) it->second.users.erase(uses);
  if (!it->second.users.empty()) return;
  const auto of_service = by_service_.find(backend.service);
  of_service->second.erase(name);
  if (of_service->second.empty()) by_service_.erase(of_service);
  entries_.erase(it);
  snapshot_.drop_cluster(name);
}

void ClusterTable::refresh(const kube::ObjectKey& service, const store::ClusterState& state,
                           std::set<kube::ObjectId>& users) {
  const auto names = by_service_.find(service);
  if (names == by_service_.end()) return;
  for (const auto& name : names->second) {
    auto& entry = entries_.at(name);
    const auto before = entry.findings;
    resolve(name, entry, state);
    if (entry.findings == before) continue;
    for (const auto& user : entry.users) users.insert(user.first);
  }
}

bool ClusterTable::uses(const std::string& cluster, const kube::ObjectId& user) const {
  const auto it = entries_.find(cluster);
  return it != entries_.end() && it->second.users.contains(user);
}

const std::vector<Finding>& ClusterTable::findings(const std::string& cluster) const {
  return entries_.at(cluster).findings;
}

void ClusterTable::reset() {
  entries_.clear();
  by_service_.clear();
}

void ClusterTable::resolve(const std::string& name, Entry& entry, const store::ClusterState& state) {
  auto resolved = resolve_backend(entry.backend, state, options_);
  entry.findings = std::move(resolved.findings);
  if (entry.cluster && entry.cluster->value.endpoints == resolved.endpoints) return;
  entry.cluster = api::seal(api::Cluster{name, std::move(resolved.endpoints)});
  snapshot_.put(entry.cluster);
}

}  // namespace palpo::translate
