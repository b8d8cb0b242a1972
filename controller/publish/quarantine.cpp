// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/quarantine.h"

#include <utility>

#include "controller/publish/composition.h"
#include "dataplane/api/version.h"

namespace palpo::publish {
namespace {

template <class T>
std::optional<Digest> digest_in(const std::map<std::string, api::Ref<T>>& resources,
                                const std::string& name) {
  const auto at = resources.find(name);
  if (at == resources.end()) return std::nullopt;
  return at->second->digest;
}

std::shared_ptr<const Published> nothing() {
  auto empty = std::make_shared<const api::Snapshot>();
  const Digest version = version_of(*empty);
  return std::make_shared<const Published>(
      Published{std::move(empty), std::make_shared<const api::KeyRing>(), version, nullptr});
}

std::shared_ptr<const api::KeyRing> with_revived(const std::shared_ptr<const api::KeyRing>& keys,
                                                 const api::Snapshot& snapshot, const Published& accepted) {
  std::shared_ptr<api::KeyRing> more;
  for (const auto& [name, certificate] : snapshot.certificates) {
    const auto& id = certificate->value.key_id;
    if (keys->contains(id)) continue;
    const auto old = accepted.keys->find(id);
    if (old == accepted.keys->end()) continue;
    if (!more) more = std::make_shared<api::KeyRing>(*keys);
    more->insert(*old);
  }
  return more ? more : keys;
}

bool has_key(const api::Snapshot& snapshot, const api::KeyRing& keys, const api::ResourceId& id) {
  const auto certificate = snapshot.certificates.find(id.name);
  if (certificate == snapshot.certificates.end()) return false;
  const auto key = keys.find(certificate->second->value.key_id);
  return key != keys.end() && key->second != nullptr;
}

}  // namespace

std::optional<Digest> form_of(const api::Snapshot& snapshot, const api::ResourceId& id) {
  switch (id.kind) {
    case api::ResourceKind::host:
      return digest_in(snapshot.hosts, id.name);
    case api::ResourceKind::cluster:
      return digest_in(snapshot.clusters, id.name);
    case api::ResourceKind::certificate:
      return digest_in(snapshot.certificates, id.name);
    case api::ResourceKind::settings:
      return snapshot.settings->digest;
  }
  return std::nullopt;
}

Quarantine::Quarantine()
    : wanted_(std::make_shared<const api::Snapshot>()), accepted_(nothing()), last_(accepted_) {}

Quarantine::Outcome Quarantine::select(std::shared_ptr<const api::Snapshot> wanted,
                                       const std::shared_ptr<const api::KeyRing>& keys,
                                       const api::Delta* change) {
  if (change && last_->snapshot != wanted_) change = nullptr;  // something was held back
  wanted_ = std::move(wanted);
  forget_changed(*keys);
  // What is found here depends on the rest of the snapshot, so it is found anew each time.
  Entries held = refused_;
  Refusals words;
  for (;;) {
    auto snapshot = wanted_;
    auto ring = keys;
    words.clear();
    if (!held.empty()) {
      std::set<api::ResourceId> ids;
      for (const auto& [id, entry] : held) ids.insert(id);
      auto composed = compose(*wanted_, *accepted_->snapshot, ids, [&](const auto& id, const Digest& form) {
        const auto at = held.find(id);
        return at != held.end() && at->second.forms.contains(form);
      });
      for (const auto& id : composed.held_back)
        if (const auto at = held.find(id); at != held.end()) words.emplace(id, at->second.words);
      snapshot = std::make_shared<const api::Snapshot>(std::move(composed.snapshot));
      ring = with_revived(ring, *snapshot, *accepted_);
    }
    auto delta = change && snapshot == wanted_ ? *change : api::diff(*last_->snapshot, *snapshot);
    const auto faults = faults_of(*snapshot, *ring, delta);
    if (faults.empty()) {
      move_to(std::move(snapshot), std::move(ring), std::move(delta));
      return {last_, std::move(words)};
    }
    bool progress = false;
    for (const auto& fault : faults) {
      const auto form = form_of(*snapshot, fault.resource);
      auto& entry = held[fault.resource];
      if (entry.words.empty()) entry.words = fault.message;
      if (form && entry.forms.insert(*form).second) progress = true;
    }
    if (progress) continue;
    for (const auto& fault : faults) words.emplace(fault.resource, fault.message);
    return {last_, std::move(words)};
  }
}

bool Quarantine::refuse(const Published& target, const std::vector<api::Fault>& faults) {
  bool any = false;
  for (const auto& fault : faults) {
    const auto form = form_of(*target.snapshot, fault.resource);
    if (!form) continue;
    auto& entry = refused_[fault.resource];
    if (entry.forms.empty()) entry.wanted = form_of(*wanted_, fault.resource);
    entry.forms.insert(*form);
    entry.words = fault.message;
    entry.without_key = fault.resource.kind == api::ResourceKind::certificate &&
                        !has_key(*target.snapshot, *target.keys, fault.resource);
    any = true;
  }
  return any;
}

// Another form is another chance, and so is a key that has come.
void Quarantine::forget_changed(const api::KeyRing& keys) {
  std::erase_if(refused_, [&](const auto& item) {
    const auto& [id, entry] = item;
    return form_of(*wanted_, id) != entry.wanted || (entry.without_key && has_key(*wanted_, keys, id));
  });
}

void Quarantine::move_to(std::shared_ptr<const api::Snapshot> snapshot,
                         std::shared_ptr<const api::KeyRing> keys, api::Delta delta) {
  Published next{std::move(snapshot), std::move(keys), last_->version, last_->step};
  if (!delta.empty()) {
    version_.change(*last_->snapshot, delta);
    next.version = version_.value();
    next.step = std::make_shared<const Published::Step>(Published::Step{last_->version, std::move(delta)});
  }
  last_ = std::make_shared<const Published>(std::move(next));
}

std::vector<api::Fault> Quarantine::faults_of(const api::Snapshot& candidate, const api::KeyRing& keys,
                                              const api::Delta& delta) {
  auto faults = api::validate_change(candidate, delta);
  for (const auto& certificate : delta.put_certificates)
    if (!keys.contains(certificate->value.key_id))
      faults.push_back(
          {{api::ResourceKind::certificate, certificate->value.name}, "its private key is missing"});
  return faults;
}

}  // namespace palpo::publish
