// SPDX-License-Identifier: Apache-2.0
// The clusters of the snapshot, shared by the objects that use them. Part of the translator's memory, its
// thread.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/translate/backends.h"
#include "controller/translate/change_log.h"
#include "controller/translate/claims.h"
#include "controller/translate/options.h"

namespace palpo::translate {

class ClusterTable {
 public:
  ClusterTable(ChangeLog& snapshot, const Options& options) : snapshot_(snapshot), options_(options) {}

  // One more, one less use of a backend by an object; the snapshot holds the cluster while anybody uses it.
  void acquire(const BackendRef& backend, const kube::ObjectId& user, const store::ClusterState& state);
  void release(const BackendRef& backend, const kube::ObjectId& user);

  // Resolves the backends of a Service anew; adds to `users` those who have to be told something else now.
  void refresh(const kube::ObjectKey& service, const store::ClusterState& state,
               std::set<kube::ObjectId>& users);

  bool uses(const std::string& cluster, const kube::ObjectId& user) const;
  const std::vector<Finding>& findings(const std::string& cluster) const;
  void reset();

 private:
  struct Entry {
    BackendRef backend;
    api::Ref<api::Cluster> cluster;
    std::vector<Finding> findings;
    std::map<kube::ObjectId, int> users;
  };
  void resolve(const std::string& name, Entry& entry, const store::ClusterState& state);

  ChangeLog& snapshot_;
  const Options& options_;
  std::map<std::string, Entry> entries_;
  std::map<kube::ObjectKey, std::set<std::string>> by_service_;
};

}  // namespace palpo::translate
