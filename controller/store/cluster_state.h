// SPDX-License-Identifier: Apache-2.0
// Everything known of the cluster, by kind and key: the input of translation. Level, not edge: it holds objects, not
// events. Owned by the reconcile loop, one thread; objects are immutable and shared.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/kube/kinds.h"
#include "controller/kube/source.h"

namespace palpo::store {

template <class T>
using ObjectMap = std::map<kube::ObjectKey, std::shared_ptr<const T>>;

class ClusterState {
 public:
  // Takes an event in. True: something a translation reads has changed (a status or a resourceVersion alone has not).
  bool apply(const kube::SourceEvent& event);

  // Every kind has been listed once, or is known to be unreadable here.
  bool synced() const;
  std::vector<std::string> waiting_for() const;  // names of the kinds that are not yet

  const ObjectMap<kube::Ingress>& ingresses() const { return ingresses_; }
  const ObjectMap<kube::IngressClass>& ingress_classes() const { return classes_; }
  const ObjectMap<kube::Service>& services() const { return services_; }
  const ObjectMap<kube::Secret>& secrets() const { return secrets_; }
  const ObjectMap<kube::Homeserver>& homeservers() const { return homeservers_; }
  // The slices of a Service, in the order of their names.
  std::vector<std::shared_ptr<const kube::EndpointSlice>> slices_of(const kube::ObjectKey& service) const;
  // Objects that exist but cannot be read; their last good form, if any, is in the maps.
  const std::map<std::pair<kube::Kind, kube::ObjectKey>, kube::BrokenObject>& broken() const { return broken_; }
  const std::map<kube::Kind, std::string>& unreadable() const { return unreadable_; }

  // Which kinds of references changed since the last call, so that translation redoes only what depends on them.
  // Keys of Services (also when only their slices changed), Secrets, Homeservers and Ingresses; `all` when a class or
  // a whole list changed.
  struct Dirty {
    bool all = false;
    std::set<kube::ObjectKey> ingresses, services, secrets, homeservers;
    bool empty() const { return !all && ingresses.empty() && services.empty() && secrets.empty() && homeservers.empty(); }
  };
  Dirty take_dirty();

 private:
  ObjectMap<kube::Ingress> ingresses_;
  ObjectMap<kube::IngressClass> classes_;
  ObjectMap<kube::Service> services_;
  ObjectMap<kube::EndpointSlice> slices_;
  ObjectMap<kube::Secret> secrets_;
  ObjectMap<kube::Homeserver> homeservers_;
  std::map<kube::ObjectKey, std::set<std::string>> slices_by_service_;  // Service -> names of its slices
  std::map<std::pair<kube::Kind, kube::ObjectKey>, kube::BrokenObject> broken_;
  std::map<kube::Kind, std::string> unreadable_;
  std::set<kube::Kind> synced_;
  Dirty dirty_;
};

}  // namespace palpo::store
