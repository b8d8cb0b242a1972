// SPDX-License-Identifier: Apache-2.0
// A snapshot that changes, and by what since it was last asked: the difference costs what was touched. Part
// of the translator's memory, its thread.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"

namespace palpo::translate {

class ChangeLog {
 public:
  explicit ChangeLog(api::Snapshot& snapshot) : snapshot_(snapshot) {}

  void put(const api::Ref<api::Host>& host) { put(snapshot_.hosts, before_.hosts, host); }
  void put(const api::Ref<api::Cluster>& cluster) { put(snapshot_.clusters, before_.clusters, cluster); }
  void put(const api::Ref<api::Certificate>& certificate) {
    put(snapshot_.certificates, before_.certificates, certificate);
  }
  void put(const api::Ref<api::Settings>& settings);
  void drop_host(const std::string& name) { drop(snapshot_.hosts, before_.hosts, name); }
  void drop_cluster(const std::string& name) { drop(snapshot_.clusters, before_.clusters, name); }
  void drop_certificate(const std::string& name) { drop(snapshot_.certificates, before_.certificates, name); }
  void clear();

  api::Delta take_change();

 private:
  template <class T>
  using Resources = std::map<std::string, api::Ref<T>>;
  // As it was when first touched; null: not there.
  struct Before {
    Resources<api::Host> hosts;
    Resources<api::Cluster> clusters;
    Resources<api::Certificate> certificates;
    api::Ref<api::Settings> settings;  // null: untouched
  };
  template <class T>
  static void put(Resources<T>& now, Resources<T>& before, const api::Ref<T>& resource);
  template <class T>
  static void drop(Resources<T>& now, Resources<T>& before, const std::string& name);
  template <class T>
  static void clear(Resources<T>& now, Resources<T>& before);

  api::Snapshot& snapshot_;
  Before before_;
};

template <class T>
void ChangeLog::put(Resources<T>& now, Resources<T>& before, const api::Ref<T>& resource) {
  auto& slot = now[resource->value.name];
  before.try_emplace(resource->value.name, slot);
  slot = resource;
}

template <class T>
void ChangeLog::drop(Resources<T>& now, Resources<T>& before, const std::string& name) {
  const auto at = now.find(name);
  if (at == now.end()) return;
  before.try_emplace(name, at->second);
  now.erase(at);
}

}  // namespace palpo::translate
