// SPDX-License-Identifier: Apache-2.0
// Everything known of the cluster, by kind and key: the input of translation. Level, not edge: it holds
// objects, not events. An Ingress or PalpoHomeserver that is going away, or whose namespace is, is not shown
// any more: it claims nothing from the moment of its deletion, however long its finalizers keep it. Owned by
// the reconcile loop, one thread; objects are immutable and shared.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/kube/kinds.h"
#include "controller/kube/scope.h"
#include "controller/kube/source.h"

namespace palpo::store {

template <class T>
using ObjectMap = std::map<kube::ObjectKey, std::shared_ptr<const T>>;

// What is wrong with a Secret's content; nullopt: nothing. Asked only when a known Secret is replaced by
// another content, or deleted: a bad one is recorded as broken and its predecessor goes on serving, a good
// one is remembered as lost.
using SecretCheck = std::function<std::optional<std::string>(const kube::Secret&)>;

class ClusterState {
 public:
  // scopes: what there is to be listed.
  explicit ClusterState(SecretCheck check_secret = {},
                        std::vector<kube::Scope> scopes = kube::scopes(kube::readings({})))
      : check_secret_(std::move(check_secret)), scopes_(std::move(scopes)) {}

  // Takes an event in. True: something a translation reads has changed (a status or a resourceVersion alone
  // has not), or a scope has been seen for the first time. The newest form of an object is kept in any case.
  bool apply(const kube::SourceEvent& event);

  // Every scope has been listed once, or is absent here.
  bool synced() const { return synced_; }
  std::vector<kube::Scope> waiting_for() const;  // the scopes that are not yet
  // Whether an object of that kind and key would be known here.
  bool reads(kube::Kind kind, const kube::ObjectKey& key) const;

  const ObjectMap<kube::Ingress>& ingresses() const { return ingresses_; }
  const ObjectMap<kube::IngressClass>& ingress_classes() const { return classes_; }
  const ObjectMap<kube::Service>& services() const { return services_; }
  const ObjectMap<kube::Secret>& secrets() const { return secrets_; }
  const ObjectMap<kube::Homeserver>& homeservers() const { return homeservers_; }
  // Secrets that are gone, in their last good form: what they certified is served on until it expires.
  const ObjectMap<kube::Secret>& lost_secrets() const { return lost_secrets_; }
  // The type of a Secret of another type than kubernetes.io/tls; empty: there is none that is known.
  std::string other_secret_type(const kube::ObjectKey& key) const;
  // A certificate that a data plane still serves, of a Secret that was gone or bad before this process began.
  // Its key is the data plane's alone. False: the Secret is good, or its last good form is known.
  bool recall_secret(const kube::ObjectKey& key, std::string chain);
  // Forgets the lost Secrets, and their keys, that nobody is served by. True: there were some.
  bool forget_lost_secrets(const std::function<bool(const kube::ObjectKey&)>& serves);
  // The slices of a Service, in the order of their names.
  std::vector<std::shared_ptr<const kube::EndpointSlice>> slices_of(const kube::ObjectKey& service) const;
  // Objects that exist but cannot be read; their last good form, if any, is in the maps.
  const std::map<std::pair<kube::Kind, kube::ObjectKey>, kube::BrokenObject>& broken() const {
    return broken_;
  }
  const kube::BrokenObject* find_broken(kube::Kind kind, const kube::ObjectKey& key) const;
  const std::map<kube::Scope, std::string>& unreadable() const { return unreadable_; }
  // What is definitely not served to us here (no such resource, or no right to read it): said so after all
  // kinds that may not be absent were listed. Before, the API server may still start or restore its roles.
  const std::set<kube::Scope>& absent() const { return absent_; }

  // Which kinds of references changed since the last call, so that translation redoes only what depends on
  // them. Keys of Services (also when only their slices changed), Secrets, Homeservers and Ingresses; `all`
  // when a class changed.
  struct Dirty {
    bool all = false;
    std::set<kube::ObjectKey> ingresses, services, secrets, homeservers;
    bool empty() const {
      return !all && ingresses.empty() && services.empty() && secrets.empty() && homeservers.empty();
    }
  };
  Dirty take_dirty();

 private:
  bool take(const kube::Replaced& event);
  bool take(const kube::Changed& event);
  bool take(const kube::Deleted& event);
  bool take(const kube::Broke& event);
  bool take(const kube::Unreadable& event);
  bool take(const kube::Readable& event);
  bool take(const kube::OtherSecret& event);
  bool take(const kube::SourceFault& event);

  bool put(const kube::Object& object);
  bool put_namespace(const std::shared_ptr<const kube::Namespace>& next);
  bool put_broken(const kube::BrokenObject& object);
  bool is_leaving(const kube::Meta& meta) const;
  template <class T>
  bool put_or_hide(ObjectMap<T>& shown, ObjectMap<T>& hidden, kube::Kind kind,
                   const std::shared_ptr<const T>& next);
  template <class T>
  bool sort_namespace(ObjectMap<T>& shown, ObjectMap<T>& hidden, kube::Kind kind, const std::string& name);
  bool sort_namespace(const std::string& name);
  bool remove(kube::Kind kind, const kube::ObjectKey& key);
  template <class T>
  bool put_into(ObjectMap<T>& map, kube::Kind kind, const std::shared_ptr<const T>& next);
  void lose_secret(const kube::ObjectKey& key);
  template <class T>
  bool erase_from(ObjectMap<T>& map, const kube::ObjectKey& key);
  std::set<kube::ObjectKey> keys_in(const kube::Scope& scope) const;
  void mark(kube::Kind kind, const kube::ObjectKey& key);
  void index_slice(const kube::EndpointSlice& slice);
  void unindex_slice(const kube::EndpointSlice& slice);

  SecretCheck check_secret_;
  std::vector<kube::Scope> scopes_;
  ObjectMap<kube::Ingress> ingresses_;
  ObjectMap<kube::IngressClass> classes_;
  ObjectMap<kube::Service> services_;
  ObjectMap<kube::EndpointSlice> slices_;
  ObjectMap<kube::Secret> secrets_;
  ObjectMap<kube::Homeserver> homeservers_;
  ObjectMap<kube::Namespace> namespaces_;
  ObjectMap<kube::Secret> lost_secrets_;
  std::map<kube::ObjectKey, std::string> other_secrets_;  // their types
  ObjectMap<kube::Ingress> hidden_ingresses_;
  ObjectMap<kube::Homeserver> hidden_homeservers_;
  std::map<kube::ObjectKey, std::set<std::string>> slices_by_service_;  // Service -> names of its slices
  std::map<std::pair<kube::Kind, kube::ObjectKey>, kube::BrokenObject> broken_;
  std::map<kube::Scope, std::string> unreadable_;
  std::set<kube::Scope> absent_;
  std::set<kube::Scope> listed_;
  bool synced_ = false;  // for good
  Dirty dirty_;
};

}  // namespace palpo::store
