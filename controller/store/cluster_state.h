// SPDX-License-Identifier: Apache-2.0
// Everything known of the cluster, by kind and key: the input of translation. Level, not edge: it holds
// objects, not events. An authored object that is going away, or whose namespace is, is not shown any more:
// it claims nothing from the moment of its deletion, however long its finalizers keep it. Owned by the
// reconcile loop, one thread; objects are immutable and shared.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "controller/kube/kinds.h"
#include "controller/kube/scope.h"
#include "controller/kube/source.h"

namespace palpo::store {

template <class T>
using ObjectMap = std::map<kube::ObjectKey, std::shared_ptr<const T>>;

// Whether two forms of one object differ in nothing that a translation, or the address publisher, reads.
template <class T>
bool same_to_readers(const T& a, const T& b) {
  return a.matter() == b.matter();
}

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

  template <class T>
  const ObjectMap<T>& all() const {
    return std::get<Known<T>>(known_).shown;
  }
  template <class T>
  std::shared_ptr<const T> find(const kube::ObjectKey& key) const {
    const auto it = all<T>().find(key);
    return it == all<T>().end() ? nullptr : it->second;
  }
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
  const std::map<kube::ObjectId, kube::BrokenObject>& broken() const { return broken_; }
  const kube::BrokenObject* find_broken(kube::Kind kind, const kube::ObjectKey& key) const;
  const std::map<kube::Scope, std::string>& unreadable() const { return unreadable_; }
  // What is definitely not served to us here (no such resource, or no right to read it): said so after all
  // kinds that may not be absent were listed. Before, the API server may still start or restore its roles.
  const std::set<kube::Scope>& absent() const { return absent_; }

  // What changed since the last call, so that translation redoes only what depends on it: authored and
  // referenced objects, a Service also when only its slices changed; `all` when a rule changed.
  struct Dirty {
    bool all = false;
    std::map<kube::Kind, std::set<kube::ObjectKey>> changed;
    const std::set<kube::ObjectKey>& of(kube::Kind kind) const;
    bool empty() const { return !all && changed.empty(); }
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

  // Authored objects that are going away are hidden; of other kinds everything is shown.
  template <class T>
  struct Known {
    ObjectMap<T> shown, hidden;
  };
  template <class T>
  Known<T>& known() {
    return std::get<Known<T>>(known_);
  }

  // Those without a body of their own do what a kind does that is nothing special.
  template <class T>
  bool put(const std::shared_ptr<const T>& next);
  bool put(const std::shared_ptr<const kube::EndpointSlice>& next);
  bool put(const std::shared_ptr<const kube::Secret>& next);
  bool put(const std::shared_ptr<const kube::Namespace>& next);
  template <class T>
  bool show(const std::shared_ptr<const T>& next);
  template <kube::Authored T>
  bool hide(const std::shared_ptr<const T>& next);
  bool put_broken(const kube::BrokenObject& object);

  bool remove(kube::Kind kind, const kube::ObjectKey& key);
  template <class T>
  bool erase(const kube::ObjectKey& key);
  bool is_leaving(const kube::Meta& meta) const;
  bool sort_namespace(const std::string& name);
  template <kube::Authored T>
  bool sort_namespace(Known<T>& objects, const std::string& name);
  void lose_secret(const kube::ObjectKey& key);
  std::set<kube::ObjectKey> keys_in(const kube::Scope& scope) const;
  void mark(kube::Kind kind, const kube::ObjectKey& key);
  void index_slice(const kube::EndpointSlice& slice);
  void unindex_slice(const kube::EndpointSlice& slice);

  SecretCheck check_secret_;
  std::vector<kube::Scope> scopes_;
  kube::Kinds::Each<Known> known_;
  ObjectMap<kube::Secret> lost_secrets_;
  std::map<kube::ObjectKey, std::string> other_secrets_;                // their types
  std::map<kube::ObjectKey, std::set<std::string>> slices_by_service_;  // Service -> names of its slices
  std::map<kube::ObjectId, kube::BrokenObject> broken_;
  std::map<kube::Scope, std::string> unreadable_;
  std::set<kube::Scope> absent_;
  std::set<kube::Scope> listed_;
  bool synced_ = false;  // for good
  Dirty dirty_;
};

}  // namespace palpo::store
