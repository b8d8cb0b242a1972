// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/version.h"

namespace palpo::api {
namespace {

template <class T>
void replace(SetDigest& all, const std::map<std::string, Ref<T>>& before, const std::vector<Ref<T>>& put) {
  for (const auto& resource : put) {
    if (const auto old = before.find(resource->value.name); old != before.end())
      all.subtract(old->second->digest);
    all.add(resource->digest);
  }
}

template <class T>
void subtract(SetDigest& all, const std::map<std::string, Ref<T>>& before, const std::string& name) {
  if (const auto old = before.find(name); old != before.end()) all.subtract(old->second->digest);
}

}  // namespace

Digest version_of(const Snapshot& snapshot) {
  SetDigest all;
  for (const auto& entry : snapshot.hosts) all.add(entry.second->digest);
  for (const auto& entry : snapshot.clusters) all.add(entry.second->digest);
  for (const auto& entry : snapshot.certificates) all.add(entry.second->digest);
  all.add(snapshot.settings->digest);
  return all.value();
}

RunningVersion::RunningVersion() { all_.add(Snapshot{}.settings->digest); }

void RunningVersion::change(const Snapshot& before, const Delta& delta) {
  replace(all_, before.hosts, delta.put_hosts);
  replace(all_, before.clusters, delta.put_clusters);
  replace(all_, before.certificates, delta.put_certificates);
  if (delta.put_settings) {
    all_.subtract(before.settings->digest);
    all_.add(delta.put_settings->digest);
  }
  for (const auto& id : delta.drop) {
    if (id.kind == ResourceKind::host) subtract(all_, before.hosts, id.name);
    if (id.kind == ResourceKind::cluster) subtract(all_, before.clusters, id.name);
    if (id.kind == ResourceKind::certificate) subtract(all_, before.certificates, id.name);
  }
}

}  // namespace palpo::api
