// SPDX-License-Identifier: Apache-2.0
#include "controller/store/cluster_state.h"

#include <algorithm>
#include <type_traits>

#include "controller/store/relevance.h"

namespace palpo::store {
namespace {

template <class Map>
void add_keys(const Map& map, std::set<kube::ObjectKey>& keys) {
  for (const auto& entry : map) keys.insert(entry.first);
}

bool may_be_absent(const kube::Scope& scope) { return info(scope.kind).absent_by != 0; }

}  // namespace

bool ClusterState::apply(const kube::SourceEvent& event) {
  const bool changed = std::visit([this](const auto& e) { return take(e); }, event);
  synced_ = synced_ || waiting_for().empty();
  return changed;
}

bool ClusterState::take(const kube::Replaced& event) {
  const kube::Scope scope{event.kind, event.namespace_};
  bool changed = listed_.insert(scope).second;
  unreadable_.erase(scope);
  if (absent_.erase(scope) > 0 && event.kind == kube::Kind::ingress_class) {
    dirty_.all = true;  // until now classes were told apart by their names
    changed = true;
  }
  auto gone = keys_in(scope);
  for (const auto& object : event.objects) gone.erase(meta_of(object).key);
  for (const auto& object : event.broken) gone.erase(object.meta.key);
  for (const auto& key : gone) changed = remove(event.kind, key) || changed;
  for (const auto& object : event.objects) changed = put(object) || changed;
  for (const auto& object : event.broken) changed = put_broken(object) || changed;
  return changed;
}

bool ClusterState::take(const kube::Changed& event) { return put(event.object); }
bool ClusterState::take(const kube::Deleted& event) { return remove(event.kind, event.key); }
bool ClusterState::take(const kube::Broke& event) { return put_broken(event.object); }

bool ClusterState::take(const kube::Unreadable& event) {
  const kube::Scope scope{event.kind, event.namespace_};
  unreadable_.insert_or_assign(scope, event.message);
  if (!event.absent || listed_.contains(scope)) return false;
  for (const auto& other : scopes_)
    if (!may_be_absent(other) && !listed_.contains(other)) return false;
  if (!absent_.insert(scope).second) return false;
  if (event.kind == kube::Kind::ingress_class) dirty_.all = true;
  return true;
}

bool ClusterState::take(const kube::Readable& event) {
  unreadable_.erase({event.kind, event.namespace_});
  return false;
}

bool ClusterState::take(const kube::SourceFault&) { return false; }

bool ClusterState::put(const kube::Object& object) {
  return std::visit(
      [this](const auto& next) {
        using T = std::remove_const_t<typename std::remove_cvref_t<decltype(next)>::element_type>;
        if constexpr (std::is_same_v<T, kube::Ingress>) {
          return put_or_hide(ingresses_, hidden_ingresses_, kube::Kind::ingress, next);
        } else if constexpr (std::is_same_v<T, kube::IngressClass>) {
          return put_into(classes_, kube::Kind::ingress_class, next);
        } else if constexpr (std::is_same_v<T, kube::Service>) {
          return put_into(services_, kube::Kind::service, next);
        } else if constexpr (std::is_same_v<T, kube::EndpointSlice>) {
          return put_into(slices_, kube::Kind::endpoint_slice, next);
        } else if constexpr (std::is_same_v<T, kube::Secret>) {
          return put_into(secrets_, kube::Kind::secret, next);
        } else if constexpr (std::is_same_v<T, kube::Namespace>) {
          return put_namespace(next);
        } else {
          return put_or_hide(homeservers_, hidden_homeservers_, kube::Kind::homeserver, next);
        }
      },
      object);
}

template <class T>
bool ClusterState::put_into(ObjectMap<T>& map, kube::Kind kind, const std::shared_ptr<const T>& next) {
  const auto& key = next->meta.key;
  auto& slot = map[key];
  const bool differs = !slot || !same_to_readers(*slot, *next);
  if constexpr (std::is_same_v<T, kube::Secret>) {
    const auto lost = lost_secrets_.find(key);
    if ((slot || lost != lost_secrets_.end()) && differs && check_secret_) {
      if (auto fault = check_secret_(*next)) {
        if (!slot) map.erase(key);
        return put_broken({kind, next->meta, std::move(*fault)});
      }
    }
    if (lost != lost_secrets_.end()) lost_secrets_.erase(lost);
  }
  const bool mended = broken_.erase({kind, key}) > 0;
  if constexpr (std::is_same_v<T, kube::EndpointSlice>) {
    if (slot) unindex_slice(*slot);
    if (differs) {
      if (slot) mark(kube::Kind::service, {slot->meta.key.namespace_, slot->service});
      mark(kube::Kind::service, {key.namespace_, next->service});
    }
    index_slice(*next);
  } else if (differs || mended) {
    mark(kind, key);
  }
  slot = next;
  return differs || mended;
}

bool ClusterState::is_leaving(const kube::Meta& meta) const {
  const auto name_space = namespaces_.find({"", meta.key.namespace_});
  return meta.deleting || (name_space != namespaces_.end() && name_space->second->terminating);
}

template <class T>
bool ClusterState::put_or_hide(ObjectMap<T>& shown, ObjectMap<T>& hidden, kube::Kind kind,
                               const std::shared_ptr<const T>& next) {
  const auto& key = next->meta.key;
  if (!is_leaving(next->meta)) {
    hidden.erase(key);
    return put_into(shown, kind, next);
  }
  hidden.insert_or_assign(key, next);
  const bool was_broken = broken_.erase({kind, key}) > 0;
  const bool was_shown = shown.erase(key) > 0;
  if (was_broken || was_shown) mark(kind, key);
  return was_broken || was_shown;
}

bool ClusterState::put_namespace(const std::shared_ptr<const kube::Namespace>& next) {
  auto& slot = namespaces_[next->meta.key];
  const bool differs = !slot ? next->terminating : !same_to_readers(*slot, *next);
  slot = next;
  return differs && sort_namespace(next->meta.key.name);
}

bool ClusterState::sort_namespace(const std::string& name) {
  const bool some = sort_namespace(ingresses_, hidden_ingresses_, kube::Kind::ingress, name);
  return sort_namespace(homeservers_, hidden_homeservers_, kube::Kind::homeserver, name) || some;
}

// Shows and hides what is in a namespace that has begun to go away, or was created anew.
template <class T>
bool ClusterState::sort_namespace(ObjectMap<T>& shown, ObjectMap<T>& hidden, kube::Kind kind,
                                  const std::string& name) {
  std::vector<std::shared_ptr<const T>> objects;
  for (const auto* map : {&shown, &hidden})
    for (auto it = map->lower_bound({name, ""}); it != map->end() && it->first.namespace_ == name; ++it)
      objects.push_back(it->second);
  bool changed = false;
  for (const auto& object : objects) changed = put_or_hide(shown, hidden, kind, object) || changed;
  return changed;
}

bool ClusterState::put_broken(const kube::BrokenObject& object) {
  const bool claims = object.kind == kube::Kind::ingress || object.kind == kube::Kind::homeserver;
  if (claims && is_leaving(object.meta)) return remove(object.kind, object.meta.key);
  const std::pair id{object.kind, object.meta.key};
  const auto it = broken_.find(id);
  const bool news = it == broken_.end() || it->second.message != object.message ||
                    it->second.meta.generation != object.meta.generation;
  broken_.insert_or_assign(id, object);
  // The last good form of a class or a slice serves on and nobody is told about it.
  const bool told = object.kind != kube::Kind::ingress_class && object.kind != kube::Kind::endpoint_slice &&
                    object.kind != kube::Kind::namespace_;
  if (news && told) mark(object.kind, object.meta.key);
  return news && told;
}

bool ClusterState::remove(kube::Kind kind, const kube::ObjectKey& key) {
  bool removed = broken_.erase({kind, key}) > 0;
  switch (kind) {
    case kube::Kind::ingress:
      hidden_ingresses_.erase(key);
      removed = erase_from(ingresses_, key) || removed;
      break;
    case kube::Kind::ingress_class:
      removed = erase_from(classes_, key) || removed;
      break;
    case kube::Kind::service:
      removed = erase_from(services_, key) || removed;
      break;
    case kube::Kind::endpoint_slice:
      return erase_from(slices_, key);
    case kube::Kind::secret:
      lose_secret(key);
      removed = erase_from(secrets_, key) || removed;
      break;
    case kube::Kind::homeserver:
      hidden_homeservers_.erase(key);
      removed = erase_from(homeservers_, key) || removed;
      break;
    case kube::Kind::namespace_:
      return namespaces_.erase(key) > 0 && sort_namespace(key.name);
  }
  if (removed) mark(kind, key);
  return removed;
}

template <class T>
bool ClusterState::erase_from(ObjectMap<T>& map, const kube::ObjectKey& key) {
  const auto it = map.find(key);
  if (it == map.end()) return false;
  if constexpr (std::is_same_v<T, kube::EndpointSlice>) {
    unindex_slice(*it->second);
    mark(kube::Kind::service, {key.namespace_, it->second->service});
  }
  map.erase(it);
  return true;
}

std::set<kube::ObjectKey> ClusterState::keys_in(const kube::Scope& scope) const {
  std::set<kube::ObjectKey> keys;
  const auto kind = scope.kind;
  switch (kind) {
    case kube::Kind::ingress:
      add_keys(ingresses_, keys);
      add_keys(hidden_ingresses_, keys);
      break;
    case kube::Kind::ingress_class:
      add_keys(classes_, keys);
      break;
    case kube::Kind::service:
      add_keys(services_, keys);
      break;
    case kube::Kind::endpoint_slice:
      add_keys(slices_, keys);
      break;
    case kube::Kind::secret:
      add_keys(secrets_, keys);
      break;
    case kube::Kind::homeserver:
      add_keys(homeservers_, keys);
      add_keys(hidden_homeservers_, keys);
      break;
    case kube::Kind::namespace_:
      add_keys(namespaces_, keys);
      break;
  }
  for (auto it = broken_.lower_bound({kind, {}}); it != broken_.end() && it->first.first == kind; ++it) {
    keys.insert(it->first.second);
  }
  std::erase_if(keys, [&scope](const auto& key) { return !scope.holds(key); });
  return keys;
}

void ClusterState::mark(kube::Kind kind, const kube::ObjectKey& key) {
  switch (kind) {
    case kube::Kind::ingress:
      dirty_.ingresses.insert(key);
      break;
    case kube::Kind::ingress_class:
      dirty_.all = true;
      break;
    case kube::Kind::service:
      dirty_.services.insert(key);
      break;
    case kube::Kind::endpoint_slice:  // marked as its Service
    case kube::Kind::namespace_:      // as what it hides or shows
      break;
    case kube::Kind::secret:
      dirty_.secrets.insert(key);
      break;
    case kube::Kind::homeserver:
      dirty_.homeservers.insert(key);
      break;
  }
}

void ClusterState::index_slice(const kube::EndpointSlice& slice) {
  slices_by_service_[{slice.meta.key.namespace_, slice.service}].insert(slice.meta.key.name);
}

void ClusterState::unindex_slice(const kube::EndpointSlice& slice) {
  const auto it = slices_by_service_.find({slice.meta.key.namespace_, slice.service});
  if (it == slices_by_service_.end()) return;
  it->second.erase(slice.meta.key.name);
  if (it->second.empty()) slices_by_service_.erase(it);
}

std::vector<kube::Scope> ClusterState::waiting_for() const {
  std::vector<kube::Scope> waiting;
  for (const auto& scope : scopes_)
    if (!listed_.contains(scope) && !absent_.contains(scope)) waiting.push_back(scope);
  return waiting;
}

bool ClusterState::reads(kube::Kind kind, const kube::ObjectKey& key) const {
  return std::ranges::any_of(
      scopes_, [&](const kube::Scope& scope) { return scope.kind == kind && scope.holds(key); });
}

std::vector<std::shared_ptr<const kube::EndpointSlice>> ClusterState::slices_of(
    const kube::ObjectKey& service) const {
  std::vector<std::shared_ptr<const kube::EndpointSlice>> slices;
  const auto names = slices_by_service_.find(service);
  if (names == slices_by_service_.end()) return slices;
  for (const auto& name : names->second) slices.push_back(slices_.at({service.namespace_, name}));
  return slices;
}

const kube::BrokenObject* ClusterState::find_broken(kube::Kind kind, const kube::ObjectKey& key) const {
  const auto it = broken_.find({kind, key});
  return it == broken_.end() ? nullptr : &it->second;
}

ClusterState::Dirty ClusterState::take_dirty() { return std::exchange(dirty_, {}); }

}  // namespace palpo::store
