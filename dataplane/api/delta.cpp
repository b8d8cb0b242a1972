// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/delta.h"

#include <set>
#include <utility>

namespace palpo::api {
namespace {

template <class T>
using Resources = std::map<std::string, Ref<T>>;

// Shared resources are the same pointer: only what changed is compared by digest.
template <class T>
bool same(const Ref<T>& a, const Ref<T>& b) {
  return a == b || a->digest == b->digest;
}

template <class T>
void diff_resources(ResourceKind kind, const Resources<T>& from, const Resources<T>& to,
                    std::vector<Ref<T>>& put, std::vector<ResourceId>& drop) {
  auto old = from.begin();
  for (const auto& [name, resource] : to) {
    for (; old != from.end() && old->first < name; ++old) drop.push_back({kind, old->first});
    if (old == from.end() || name < old->first) {
      put.push_back(resource);
      continue;
    }
    if (!same(old->second, resource)) put.push_back(resource);
    ++old;
  }
  for (; old != from.end(); ++old) drop.push_back({kind, old->first});
}

// The names of one kind's puts; a name that is repeated is an error.
template <class T>
Result<std::set<std::string_view>> names_of(ResourceKind kind, const std::vector<Ref<T>>& put) {
  std::set<std::string_view> names;
  for (const auto& resource : put) {
    const auto before = names.size();
    names.insert(names.end(), resource->value.name);
    if (names.size() == before)
      return invalid(ResourceId{kind, resource->value.name}.text() + " is put twice");
  }
  return names;
}

template <class T>
Result<void> change(ResourceKind kind, const std::vector<Ref<T>>& put, const std::vector<ResourceId>& drop,
                    Resources<T>& resources) {
  const auto names = names_of(kind, put);
  if (!names) return names.error();
  for (const auto& id : drop) {
    if (id.kind != kind) continue;
    if (names->contains(id.name)) return invalid(id.text() + " is both put and dropped");
    if (resources.erase(id.name) == 0) return invalid(id.text() + " is dropped, but it is not there");
  }
  for (const auto& resource : put) resources.insert_or_assign(resource->value.name, resource);
  return {};
}

}  // namespace

bool Delta::empty() const {
  return put_hosts.empty() && put_clusters.empty() && put_certificates.empty() && !put_settings &&
         drop.empty();
}

Delta diff(const Snapshot& from, const Snapshot& to) {
  Delta delta;
  diff_resources(ResourceKind::host, from.hosts, to.hosts, delta.put_hosts, delta.drop);
  diff_resources(ResourceKind::cluster, from.clusters, to.clusters, delta.put_clusters, delta.drop);
  diff_resources(ResourceKind::certificate, from.certificates, to.certificates, delta.put_certificates,
                 delta.drop);
  if (!same(from.settings, to.settings)) delta.put_settings = to.settings;
  return delta;
}

Result<Snapshot> apply(Snapshot base, const Delta& delta) {
  Snapshot next = std::move(base);
  for (const auto& id : delta.drop)
    if (id.kind == ResourceKind::settings) return invalid("settings cannot be dropped");
  if (auto done = change(ResourceKind::host, delta.put_hosts, delta.drop, next.hosts); !done)
    return done.error();
  if (auto done = change(ResourceKind::cluster, delta.put_clusters, delta.drop, next.clusters); !done)
    return done.error();
  if (auto done = change(ResourceKind::certificate, delta.put_certificates, delta.drop, next.certificates);
      !done)
    return done.error();
  if (delta.put_settings) next.settings = delta.put_settings;
  return next;
}

}  // namespace palpo::api
