// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/certificate_table.h"

#include <algorithm>

#include "base/check.h"

namespace palpo::translate {
namespace {

std::shared_ptr<const kube::Secret> find_lost(const store::ClusterState& state, const kube::ObjectKey& key) {
  const auto it = state.lost_secrets().find(key);
  return it == state.lost_secrets().end() ? nullptr : it->second;
}

WallClock::time_point end_of(const api::CertificateInfo& info) {
  const auto& issuer = info.chain.first_to_expire;
  return issuer ? std::min(info.not_after, issuer->not_after) : info.not_after;
}

}  // namespace

const Inspection& CertificateTable::look_at(const kube::ObjectKey& secret, const std::string& host,
                                            const store::ClusterState& state, WallClock::time_point now) {
  const auto [it, fresh] = entries_.try_emplace(secret);
  auto& entry = it->second;
  if (fresh || (entry.hosts.empty() && !is_current(secret, entry, state))) read(secret, entry, state, now);
  entry.hosts.insert(host);
  note_missing(secret, entry);
  return entry.inspection;
}

void CertificateTable::look_away(const kube::ObjectKey& secret, const std::string& host) {
  const auto it = entries_.find(secret);
  if (it == entries_.end()) return;
  it->second.hosts.erase(host);
  if (!it->second.hosts.empty()) return;
  PALPO_CHECK(it->second.uses == 0);
  out_.missing_certificates.erase(secret.text());
  entries_.erase(it);
}

void CertificateTable::acquire(const kube::ObjectKey& secret) {
  auto& entry = entries_.at(secret);
  if (entry.uses++ == 0) publish(secret, entry);
}

void CertificateTable::release(const kube::ObjectKey& secret) {
  auto& entry = entries_.at(secret);
  PALPO_CHECK(entry.uses > 0);
  if (--entry.uses == 0) publish(secret, entry);
}

void CertificateTable::refresh(const kube::ObjectKey& secret, const store::ClusterState& state,
                               WallClock::time_point now, std::set<std::string>& hosts) {
  const auto it = entries_.find(secret);
  if (it == entries_.end() || is_current(secret, it->second, state)) return;
  read(secret, it->second, state, now);
  note_missing(secret, it->second);
  publish(secret, it->second);
  hosts.insert(it->second.hosts.begin(), it->second.hosts.end());
}

void CertificateTable::pass_time(const store::ClusterState& state, WallClock::time_point now,
                                 std::set<std::string>& hosts) {
  while (!turns_.empty() && turns_.begin()->first <= now) {
    const auto secret = turns_.begin()->second;
    turns_.erase(turns_.begin());
    const auto it = entries_.find(secret);
    if (it == entries_.end()) continue;
    hosts.insert(it->second.hosts.begin(), it->second.hosts.end());
    if (!it->second.lost) continue;
    read(secret, it->second, state, now);
    publish(secret, it->second);
  }
}

std::optional<WallClock::time_point> CertificateTable::next_turn() const {
  return turns_.empty() ? std::nullopt : std::optional(turns_.begin()->first);
}

// A data plane may still have a certificate by that name.
void CertificateTable::note_missing(const kube::ObjectKey& secret, const Entry& entry) {
  if (!entry.inspection.certificate && !entry.lost)
    out_.missing_certificates.insert(secret.text());
  else
    out_.missing_certificates.erase(secret.text());
}

void CertificateTable::reset() {
  for (auto& [secret, entry] : entries_) {
    entry.hosts.clear();
    entry.uses = 0;
    entry.published_key.clear();
  }
  key_uses_.clear();
  keys_.clear();
  keys_changed_ = true;
}

void CertificateTable::sweep() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.hosts.empty(); });
}

void CertificateTable::read(const kube::ObjectKey& secret, Entry& entry, const store::ClusterState& state,
                            WallClock::time_point now) {
  const auto* broken = state.find_broken(kube::Kind::secret, secret);
  entry.source = state.find<kube::Secret>(secret);
  entry.broken = broken ? broken->fault.text() : std::string();
  entry.lost = entry.source ? nullptr : find_lost(state, secret);
  entry.other_type = entry.source ? std::string() : state.other_secret_type(secret);
  entry.inspection = inspect(secret,
                             {entry.source.get(), broken, entry.lost.get(), entry.other_type,
                              !state.reads(kube::Kind::secret, secret)},
                             now);
  if (!entry.inspection.certificate) return;
  const auto& info = entry.inspection.info;
  const auto& issuer = info.chain.first_to_expire;
  for (const auto turn : {info.not_before, info.not_after, issuer ? issuer->not_after : info.not_after}) {
    if (turn > now) turns_.emplace(turn, secret);
  }
}

bool CertificateTable::is_current(const kube::ObjectKey& secret, Entry& entry,
                                  const store::ClusterState& state) const {
  const auto* broken = state.find_broken(kube::Kind::secret, secret);
  if (entry.broken != (broken ? broken->fault.text() : std::string())) return false;
  const auto found = state.find<kube::Secret>(secret);
  if (!found) {
    return !entry.source && entry.lost == find_lost(state, secret) &&
           entry.other_type == state.other_secret_type(secret);
  }
  if (!entry.source) return false;
  if (found == entry.source) return true;
  if (!store::same_to_readers(*found, *entry.source)) return false;
  entry.source = found;
  return true;
}

// Brings the snapshot in line with what the entry has and whether anybody serves it.
void CertificateTable::publish(const kube::ObjectKey& secret, Entry& entry) {
  const auto& certificate = entry.inspection.certificate;
  const auto before = std::move(entry.published_key);
  entry.published_key.clear();
  if (entry.uses > 0 && certificate) {
    snapshot_.put(certificate);
    out_.certificate_ends.insert_or_assign(secret.text(), end_of(entry.inspection.info));
    entry.published_key = certificate->value.key_id;
    ++key_uses_[entry.published_key];
    keep_key(entry);
  } else {
    snapshot_.drop_certificate(secret.text());
    out_.certificate_ends.erase(secret.text());
  }
  if (!before.empty()) drop_key(before);
}

void CertificateTable::drop_key(const std::string& key_id) {
  const auto it = key_uses_.find(key_id);
  PALPO_CHECK(it != key_uses_.end());
  if (--it->second > 0) return;
  key_uses_.erase(it);
  keys_.erase(key_id);
  keys_changed_ = true;
}

void CertificateTable::keep_key(const Entry& entry) {
  const auto [key, fresh] = keys_.try_emplace(entry.published_key);
  const bool newer = entry.inspection.key && key->second != entry.inspection.key;
  if (newer) key->second = entry.inspection.key;
  keys_changed_ = keys_changed_ || fresh || newer;
}

void CertificateTable::publish_keys() {
  if (std::exchange(keys_changed_, false)) out_.keys = std::make_shared<const api::KeyRing>(keys_);
}

}  // namespace palpo::translate
