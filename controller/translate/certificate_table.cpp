// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/certificate_table.h"

#include "base/check.h"
#include "controller/store/relevance.h"

namespace palpo::translate {
namespace {

const std::shared_ptr<const kube::Secret>* find_secret(const store::ClusterState& state,
                                                       const kube::ObjectKey& key) {
  const auto it = state.secrets().find(key);
  return it == state.secrets().end() ? nullptr : &it->second;
}

}  // namespace

const Inspection& CertificateTable::look_at(const kube::ObjectKey& secret, const std::string& host,
                                            const store::ClusterState& state, WallClock::time_point now) {
  const auto [it, fresh] = entries_.try_emplace(secret);
  auto& entry = it->second;
  if (fresh || (entry.hosts.empty() && !is_current(secret, entry, state))) read(secret, entry, state, now);
  entry.hosts.insert(host);
  return entry.inspection;
}

void CertificateTable::look_away(const kube::ObjectKey& secret, const std::string& host) {
  const auto it = entries_.find(secret);
  if (it == entries_.end()) return;
  it->second.hosts.erase(host);
  if (!it->second.hosts.empty()) return;
  PALPO_CHECK(it->second.uses == 0);
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
  publish(secret, it->second);
  hosts.insert(it->second.hosts.begin(), it->second.hosts.end());
}

void CertificateTable::pass_time(WallClock::time_point now, std::set<std::string>& hosts) {
  while (!turns_.empty() && turns_.begin()->first <= now) {
    const auto it = entries_.find(turns_.begin()->second);
    if (it != entries_.end()) hosts.insert(it->second.hosts.begin(), it->second.hosts.end());
    turns_.erase(turns_.begin());
  }
}

void CertificateTable::reset() {
  for (auto& [secret, entry] : entries_) {
    entry.hosts.clear();
    entry.uses = 0;
    entry.published_key.clear();
  }
  key_uses_.clear();
}

void CertificateTable::sweep() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.hosts.empty(); });
}

void CertificateTable::read(const kube::ObjectKey& secret, Entry& entry, const store::ClusterState& state,
                            WallClock::time_point now) {
  const auto* found = find_secret(state, secret);
  const auto* broken = state.find_broken(kube::Kind::secret, secret);
  entry.source = found ? *found : nullptr;
  entry.broken = broken ? broken->message : std::string();
  entry.inspection = inspect(secret, entry.source.get(), broken);
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
  if (entry.broken != (broken ? broken->message : std::string())) return false;
  const auto* found = find_secret(state, secret);
  if (!found || !entry.source) return !found && !entry.source;
  if (*found == entry.source) return true;
  if (!store::same_to_readers(**found, *entry.source)) return false;
  entry.source = *found;
  return true;
}

// Brings the snapshot in line with what the entry has and whether anybody serves it.
void CertificateTable::publish(const kube::ObjectKey& secret, Entry& entry) {
  const auto& certificate = entry.inspection.certificate;
  const auto before = std::move(entry.published_key);
  entry.published_key.clear();
  if (entry.uses > 0 && certificate) {
    out_.snapshot.certificates.insert_or_assign(secret.text(), certificate);
    entry.published_key = certificate->value.key_id;
    if (key_uses_[entry.published_key]++ == 0) {
      out_.keys.insert_or_assign(entry.published_key, entry.inspection.key);
    }
  } else {
    out_.snapshot.certificates.erase(secret.text());
  }
  if (!before.empty()) drop_key(before);
}

void CertificateTable::drop_key(const std::string& key_id) {
  const auto it = key_uses_.find(key_id);
  PALPO_CHECK(it != key_uses_.end());
  if (--it->second > 0) return;
  key_uses_.erase(it);
  out_.keys.erase(key_id);
}

}  // namespace palpo::translate
