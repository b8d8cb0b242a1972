// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/change_log.h"

#include <utility>
#include <vector>

namespace palpo::translate {
namespace {

template <class T>
void add_changes(api::ResourceKind kind, const std::map<std::string, api::Ref<T>>& before,
                 const std::map<std::string, api::Ref<T>>& now, std::vector<api::Ref<T>>& put,
                 std::vector<api::ResourceId>& drop) {
  for (const auto& [name, was] : before) {
    const auto is = now.find(name);
    if (is == now.end()) {
      if (was) drop.push_back({kind, name});
    } else if (!was || was->digest != is->second->digest) {
      put.push_back(is->second);
    }
  }
}

}  // namespace

void ChangeLog::put(const api::Ref<api::Settings>& settings) {
  if (!before_.settings) before_.settings = snapshot_.settings;
  snapshot_.settings = settings;
}

template <class T>
void ChangeLog::clear(Resources<T>& now, Resources<T>& before) {
  before.merge(now);  // what was touched already stays as it was before that
  now.clear();
}

void ChangeLog::clear() {
  clear(snapshot_.hosts, before_.hosts);
  clear(snapshot_.clusters, before_.clusters);
  clear(snapshot_.certificates, before_.certificates);
  put(api::Snapshot{}.settings);
}

api::Delta ChangeLog::take_change() {
  const auto before = std::exchange(before_, {});
  api::Delta change;
  add_changes(api::ResourceKind::host, before.hosts, snapshot_.hosts, change.put_hosts, change.drop);
  add_changes(api::ResourceKind::cluster, before.clusters, snapshot_.clusters, change.put_clusters,
              change.drop);
  add_changes(api::ResourceKind::certificate, before.certificates, snapshot_.certificates,
              change.put_certificates, change.drop);
  if (before.settings && before.settings->digest != snapshot_.settings->digest)
    change.put_settings = snapshot_.settings;
  return change;
}

}  // namespace palpo::translate
