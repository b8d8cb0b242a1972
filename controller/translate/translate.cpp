// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/translate.h"

#include <utility>

#include "controller/translate/authored.h"
#include "controller/translate/ingress_class.h"

namespace palpo::translate {
Translator::Translator(Options options)
    : options_(std::move(options)), certificates_(out_, snapshot_), clusters_(snapshot_, options_) {}

const Translation& Translator::translate(const store::ClusterState& state,
                                         const store::ClusterState::Dirty& dirty) {
  Round round{state, options_.now(), {}, {}, {}, {}, !settings_settled_ || dirty.all};
  out_.changed_reports.clear();
  if (dirty.all) reset();
  for (const auto& secret : dirty.of(kube::Kind::secret))
    certificates_.refresh(secret, state, round.now, round.hosts);
  certificates_.pass_time(state, round.now, round.hosts);
  take_objects(round, dirty);
  settle_server_names(round);
  weigh_titles(round);
  if (round.hosts.erase(std::string(CertificateTable::kSettings)) > 0) round.settings = true;
  if (round.settings) settle_settings(round);
  settle_hosts(round);
  for (const auto& service : dirty.of(kube::Kind::service)) clusters_.refresh(service, state, round.reports);
  for (const auto& id : round.reports) report(round, id);
  if (dirty.all) certificates_.sweep();
  out_.next_turn = certificates_.next_turn();
  certificates_.publish_keys();
  out_.change = snapshot_.take_change();
  return out_;
}

void Translator::reset() {
  snapshot_.clear();
  out_.reports.clear();
  out_.findings.clear();
  out_.certificate_ends.clear();
  out_.missing_certificates.clear();
  units_.clear();
  server_names_.clear();
  hosts_.clear();
  overlays_.clear();
  defaults_.clear();
  namespace_defaults_.clear();
  default_.reset();
  default_host_.reset();
  default_certificate_.reset();
  clusters_.reset();
  certificates_.reset();
}

void Translator::take_objects(Round& round, const store::ClusterState::Dirty& dirty) {
  kube::for_each_type([&]<class T>(std::type_identity<T>) {
    if constexpr (kube::Authored<T>) {
      constexpr auto kKind = kube::kind_of_type<T>();
      if (!dirty.all) {
        for (const auto& key : dirty.of(kKind)) take_object(round, {kKind, key});
        return;
      }
      for (const auto& entry : round.state.all<T>()) take_object(round, {kKind, entry.first});
    }
  });
}

void Translator::take_object(Round& round, const kube::ObjectId& id) {
  round.reports.insert(id);
  remove_unit(round, id);
  if (auto claims = claims_of(round.state, id)) insert_unit(round, id, *std::move(claims));
}

// nullopt: there is no such object, or it is of another class.
std::optional<ObjectClaims> Translator::claims_of(const store::ClusterState& state,
                                                  const kube::ObjectId& id) const {
  return kube::with_type(id.first, [&]<class T>(std::type_identity<T>) -> std::optional<ObjectClaims> {
    if constexpr (kube::Authored<T>) {
      const auto object = state.find<T>(id.second);
      if (object && is_ours(*object, state, options_)) return translate::claims_of(*object, options_);
    }
    return std::nullopt;
  });
}

void Translator::remove_unit(Round& round, const kube::ObjectId& id) {
  const auto it = units_.find(id);
  if (it == units_.end()) return;
  const auto& claims = it->second.claims;
  if (!claims.server_name.empty()) {
    server_names_[claims.server_name].erase(claims.owner);
    round.server_names.insert(claims.server_name);
  }
  for (const auto& host : claims.hosts) {
    hosts_[host.first].claimants.erase(claims.owner);
    round.titles.insert(host.first);
  }
  if (claims.only_default) note_default(round, claims, false);
  units_.erase(it);
}

void Translator::insert_unit(Round& round, const kube::ObjectId& id, ObjectClaims claims) {
  if (!claims.server_name.empty()) {
    server_names_[claims.server_name].insert(claims.owner);
    round.server_names.insert(claims.server_name);
  }
  for (const auto& host : claims.hosts) {
    hosts_[host.first].claimants.insert(claims.owner);
    round.titles.insert(host.first);
  }
  if (claims.only_default) note_default(round, claims, true);
  units_.emplace(id, Unit{std::move(claims), true, std::nullopt});
}

// It answers on every host of its namespace, too.
void Translator::note_default(Round& round, const ObjectClaims& claims, bool there) {
  const auto& space = claims.owner.key.namespace_;
  auto& own = namespace_defaults_[space];
  if (there) {
    defaults_.insert(claims.owner);
    own.insert(claims.owner);
  } else {
    defaults_.erase(claims.owner);
    own.erase(claims.owner);
  }
  if (own.empty()) namespace_defaults_.erase(space);
  round.settings = true;
  for (const auto& [name, entry] : hosts_) {
    if (entry.title.holder && entry.title.holder->key.namespace_ == space) round.hosts.insert(name);
  }
}

// The oldest homeserver has a server name; the others are served nowhere.
void Translator::settle_server_names(Round& round) {
  for (const auto& name : round.server_names) {
    const auto it = server_names_.find(name);
    if (it->second.empty()) {
      server_names_.erase(it);
      continue;
    }
    const auto& winner = *it->second.begin();
    for (const auto& owner : it->second) {
      auto& unit = units_.at(owner.id());
      unit.named = owner == winner;
      if (!unit.named) {
        unit.refusal =
            warning("ServerNameConflict", "server name " + name + " is already served by " + winner.text());
      }
      round.reports.insert(owner.id());
      for (const auto& host : unit.claims.hosts) round.titles.insert(host.first);
    }
  }
}

void Translator::weigh_titles(Round& round) {
  for (const auto& host : round.titles) {
    auto& entry = hosts_.at(host);
    entry.title = title_of(claimants_of(host, entry, false));
    round.hosts.insert(host);
  }
  // Only now: whether a homeserver is served depends on the titles of two hosts.
  for (const auto& host : round.titles) weigh_homeservers(round, host);
}

void Translator::weigh_homeservers(Round& round, const std::string& host) {
  const auto title = [this](const std::string& name) -> const Title& { return hosts_.at(name).title; };
  for (const auto& owner : hosts_.at(host).claimants) {
    auto& unit = units_.at(owner.id());
    if (!unit.claims.is_homeserver || !unit.named) continue;
    unit.refusal = refusal_of(unit.claims, title);
    round.reports.insert(owner.id());
    for (const auto& claimed : unit.claims.hosts) round.hosts.insert(claimed.first);
  }
}

// served_only: without homeservers that are refused; otherwise only without those that have no server name.
std::vector<Claimant> Translator::claimants_of(const std::string& host, const HostEntry& entry,
                                               bool served_only) const {
  std::vector<Claimant> claimants;
  for (const auto& owner : entry.claimants) {
    const auto& unit = units_.at(owner.id());
    if (!unit.named || (served_only && unit.refusal)) continue;
    claimants.push_back({&unit.claims, &unit.claims.hosts.at(host)});
  }
  return claimants;
}

}  // namespace palpo::translate
