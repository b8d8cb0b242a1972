// SPDX-License-Identifier: Apache-2.0
#include "controller/store/cluster_state.h"

#include <algorithm>

namespace palpo::store {
namespace {

template <class Map>
void add_keys(const Map& map, std::set<kube::ObjectKey>& keys) {
  for (const auto& entry : map) keys.insert(entry.first);
}

// Whether somebody is told of one that cannot be read. The last good form of a rule or a part serves on.
bool is_told(kube::Kind kind) {
  return info(kind).role == kube::Role::authored || info(kind).role == kube::Role::referenced;
}

bool may_be_absent(const kube::Scope& scope) { return info(scope.kind).absent_by != 0; }

}  // namespace

template <class T>
bool ClusterState::put(const std::shared_ptr<const T>& next) {
  if constexpr (kube::Authored<T>)
    if (is_leaving(next->meta)) return hide(next);
  return show(next);
}

template <class T>
bool ClusterState::show(const std::shared_ptr<const T>& next) {
  const auto& key = next->meta.key;
  constexpr auto kKind = kube::kind_of_type<T>();
  known<T>().hidden.erase(key);
  auto& slot = known<T>().shown[key];
  const bool differs = !slot || !same_to_readers(*slot, *next);
  const bool mended = broken_.erase({kKind, key}) > 0;
  slot = next;
  if (differs || mended) mark(kKind, key);
  return differs || mended;
}

template <kube::Authored T>
bool ClusterState::hide(const std::shared_ptr<const T>& next) {
  const auto& key = next->meta.key;
  constexpr auto kKind = kube::kind_of_type<T>();
  known<T>().hidden.insert_or_assign(key, next);
  const bool was_broken = broken_.erase({kKind, key}) > 0;
  const bool was_shown = known<T>().shown.erase(key) > 0;
  if (was_broken || was_shown) mark(kKind, key);
  return was_broken || was_shown;
}

// Whoever looks at a slice looks at its Service.
bool ClusterState::put(const std::shared_ptr<const kube::EndpointSlice>& next) {
  const auto before = find<kube::EndpointSlice>(next->meta.key);
  if (before) unindex_slice(*before);
  index_slice(*next);
  if (!before || !same_to_readers(*before, *next)) {
    if (before) mark(kube::Kind::service, {before->meta.key.namespace_, before->service});
    mark(kube::Kind::service, {next->meta.key.namespace_, next->service});
  }
  return show(next);
}

// A bad one does not take the place of a good one.
bool ClusterState::put(const std::shared_ptr<const kube::Secret>& next) {
  const auto before = find<kube::Secret>(next->meta.key);
  const auto lost = lost_secrets_.find(next->meta.key);
  const bool differs = !before || !same_to_readers(*before, *next);
  if ((before || lost != lost_secrets_.end()) && differs && check_secret_)
    if (auto fault = check_secret_(*next))
      return put_broken({kube::Kind::secret, next->meta, {"", std::move(*fault)}});
  if (lost != lost_secrets_.end()) lost_secrets_.erase(lost);
  return show(next);
}

bool ClusterState::put(const std::shared_ptr<const kube::Namespace>& next) {
  auto& slot = known<kube::Namespace>().shown[next->meta.key];
  const bool differs = !slot ? next->terminating : !same_to_readers(*slot, *next);
  slot = next;
  return differs && sort_namespace(next->meta.key.name);
}

bool ClusterState::is_leaving(const kube::Meta& meta) const {
  const auto name_space = find<kube::Namespace>({"", meta.key.namespace_});
  return meta.deleting || (name_space && name_space->terminating);
}

// Shows and hides what is in a namespace that has begun to go away, or was created anew.
bool ClusterState::sort_namespace(const std::string& name) {
  bool changed = false;
  kube::for_each_type([&]<class T>(std::type_identity<T>) {
    if constexpr (kube::Authored<T>) changed = sort_namespace(known<T>(), name) || changed;
  });
  return changed;
}

template <kube::Authored T>
bool ClusterState::sort_namespace(Known<T>& objects, const std::string& name) {
  std::vector<std::shared_ptr<const T>> found;
  for (const auto* map : {&objects.shown, &objects.hidden})
    for (auto it = map->lower_bound({name, ""}); it != map->end() && it->first.namespace_ == name; ++it)
      found.push_back(it->second);
  bool changed = false;
  for (const auto& object : found) changed = put(object) || changed;
  return changed;
}

bool ClusterState::put_broken(const kube::BrokenObject& object) {
  if (is_authored(object.kind) && is_leaving(object.meta)) return remove(object.kind, object.meta.key);
  const kube::ObjectId id{object.kind, object.meta.key};
  const auto it = broken_.find(id);
  const bool news = it == broken_.end() || it->second.fault != object.fault ||
                    it->second.meta.generation != object.meta.generation;
  broken_.insert_or_assign(id, object);
  if (!news || !is_told(object.kind)) return false;
  mark(object.kind, object.meta.key);
  return true;
}

template <class T>
bool ClusterState::erase(const kube::ObjectKey& key) {
  known<T>().hidden.erase(key);
  return known<T>().shown.erase(key) > 0;
}

template <>
bool ClusterState::erase<kube::EndpointSlice>(const kube::ObjectKey& key) {
  const auto slice = find<kube::EndpointSlice>(key);
  if (!slice) return false;
  unindex_slice(*slice);
  mark(kube::Kind::service, {key.namespace_, slice->service});
  return known<kube::EndpointSlice>().shown.erase(key) > 0;
}

template <>
bool ClusterState::erase<kube::Secret>(const kube::ObjectKey& key) {
  lose_secret(key);
  return known<kube::Secret>().shown.erase(key) > 0;
}

template <>
bool ClusterState::erase<kube::Namespace>(const kube::ObjectKey& key) {
  return known<kube::Namespace>().shown.erase(key) > 0 && sort_namespace(key.name);
}

bool ClusterState::remove(kube::Kind kind, const kube::ObjectKey& key) {
  const bool was_broken = broken_.erase({kind, key}) > 0;
  const bool was_known = kube::with_type(kind, [&]<class T>(std::type_identity<T>) { return erase<T>(key); });
  if (!was_known && !(was_broken && is_told(kind))) return false;
  mark(kind, key);
  return true;
}

std::set<kube::ObjectKey> ClusterState::keys_in(const kube::Scope& scope) const {
  std::set<kube::ObjectKey> keys;
  kube::with_type(scope.kind, [&]<class T>(std::type_identity<T>) {
    add_keys(std::get<Known<T>>(known_).shown, keys);
    add_keys(std::get<Known<T>>(known_).hidden, keys);
  });
  for (auto it = broken_.lower_bound({scope.kind, {}}); it != broken_.end() && it->first.first == scope.kind;
       ++it)
    keys.insert(it->first.second);
  std::erase_if(keys, [&scope](const auto& key) { return !scope.holds(key); });
  return keys;
}

void ClusterState::mark(kube::Kind kind, const kube::ObjectKey& key) {
  switch (info(kind).role) {
    case kube::Role::authored:
    case kube::Role::referenced:
      dirty_.changed[kind].insert(key);
      break;
    case kube::Role::rule:
      dirty_.all = true;
      break;
    case kube::Role::part:  // marked as what it is a part of
      break;
  }
}

const std::set<kube::ObjectKey>& ClusterState::Dirty::of(kube::Kind kind) const {
  static const std::set<kube::ObjectKey> kNone;
  const auto it = changed.find(kind);
  return it == changed.end() ? kNone : it->second;
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

bool ClusterState::apply(const kube::SourceEvent& event) {
  const bool changed = std::visit([this](const auto& e) { return take(e); }, event);
  synced_ = synced_ || waiting_for().empty();
  return changed;
}

bool ClusterState::take(const kube::Replaced& event) {
  const kube::Scope scope{event.kind, event.namespace_};
  bool changed = listed_.insert(scope).second;
  unreadable_.erase(scope);
  if (absent_.erase(scope) > 0 && info(event.kind).role == kube::Role::rule) {
    dirty_.all = true;  // until now classes were told apart by their names
    changed = true;
  }
  auto gone = keys_in(scope);
  for (const auto& object : event.objects) gone.erase(meta_of(object).key);
  for (const auto& object : event.broken) gone.erase(object.meta.key);
  for (const auto& key : gone) changed = remove(event.kind, key) || changed;
  for (const auto& object : event.objects) changed = take(kube::Changed{object}) || changed;
  for (const auto& object : event.broken) changed = put_broken(object) || changed;
  return changed;
}

bool ClusterState::take(const kube::Changed& event) {
  return std::visit([this](const auto& next) { return put(next); }, event.object);
}
bool ClusterState::take(const kube::Deleted& event) { return remove(event.kind, event.key); }
bool ClusterState::take(const kube::Broke& event) { return put_broken(event.object); }

bool ClusterState::take(const kube::Unreadable& event) {
  const kube::Scope scope{event.kind, event.namespace_};
  unreadable_.insert_or_assign(scope, event.message);
  if (!event.absent || listed_.contains(scope)) return false;
  for (const auto& other : scopes_)
    if (!may_be_absent(other) && !listed_.contains(other)) return false;
  if (!absent_.insert(scope).second) return false;
  if (info(event.kind).role == kube::Role::rule) dirty_.all = true;
  return true;
}

bool ClusterState::take(const kube::Readable& event) {
  unreadable_.erase({event.kind, event.namespace_});
  return false;
}

bool ClusterState::take(const kube::SourceFault&) { return false; }

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
  for (const auto& name : names->second)
    slices.push_back(find<kube::EndpointSlice>({service.namespace_, name}));
  return slices;
}

const kube::BrokenObject* ClusterState::find_broken(kube::Kind kind, const kube::ObjectKey& key) const {
  const auto it = broken_.find({kind, key});
  return it == broken_.end() ? nullptr : &it->second;
}

ClusterState::Dirty ClusterState::take_dirty() { return std::exchange(dirty_, {}); }

}  // namespace palpo::store
