// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/assembly.h"

#include <utility>

#include "base/check.h"
#include "controller/translate/homeserver_routes.h"
#include "controller/translate/ingress_class.h"
#include "controller/translate/ingress_routes.h"

namespace palpo::translate {
namespace {

std::optional<kube::ObjectKey> parse_key(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  return kube::ObjectKey{text.substr(0, slash), text.substr(slash + 1)};
}

}  // namespace

Assembly::Assembly(const Options& options)
    : options_(options),
      default_secret_(parse_key(options.default_tls_secret)),
      certificates_(out_),
      clusters_(out_, options) {}

const Translation& Assembly::advance(const store::ClusterState& state,
                                     const store::ClusterState::Dirty& dirty) {
  Round round{state, options_.now(), {}, {}, {}, {}, !settings_settled_ || dirty.all};
  if (dirty.all) reset();
  for (const auto& secret : dirty.secrets) certificates_.refresh(secret, state, round.now, round.hosts);
  certificates_.pass_time(state, round.now, round.hosts);
  take_objects(round, dirty);
  settle_server_names(round);
  weigh_titles(round);
  if (round.hosts.erase(std::string(CertificateTable::kSettings)) > 0) round.settings = true;
  if (round.settings) settle_settings(round);
  settle_hosts(round);
  for (const auto& service : dirty.services) clusters_.refresh(service, state, round.reports);
  for (const auto& id : round.reports) report(round, id);
  if (dirty.all) certificates_.sweep();
  out_.next_turn = certificates_.next_turn();
  return out_;
}

void Assembly::reset() {
  out_ = {};
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

void Assembly::take_objects(Round& round, const store::ClusterState::Dirty& dirty) {
  if (!dirty.all) {
    for (const auto& key : dirty.ingresses) take_object(round, {kube::Kind::ingress, key});
    for (const auto& key : dirty.homeservers) take_object(round, {kube::Kind::homeserver, key});
    return;
  }
  for (const auto& entry : round.state.ingresses()) take_object(round, {kube::Kind::ingress, entry.first});
  for (const auto& entry : round.state.homeservers())
    take_object(round, {kube::Kind::homeserver, entry.first});
}

void Assembly::take_object(Round& round, const ReportKey& id) {
  round.reports.insert(id);
  remove_unit(round, id);
  if (auto claims = claims_of(round.state, id)) insert_unit(round, id, *std::move(claims));
}

// nullopt: there is no such object, or it is of another class.
std::optional<ObjectClaims> Assembly::claims_of(const store::ClusterState& state, const ReportKey& id) const {
  if (id.first == kube::Kind::ingress) {
    const auto it = state.ingresses().find(id.second);
    if (it == state.ingresses().end() || !is_ours(*it->second, state, options_)) return std::nullopt;
    return ingress_claims(*it->second);
  }
  const auto it = state.homeservers().find(id.second);
  if (it == state.homeservers().end() || !is_ours(*it->second, state, options_)) return std::nullopt;
  return homeserver_claims(*it->second, options_);
}

void Assembly::remove_unit(Round& round, const ReportKey& id) {
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

void Assembly::insert_unit(Round& round, const ReportKey& id, ObjectClaims claims) {
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
void Assembly::note_default(Round& round, const ObjectClaims& claims, bool there) {
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
void Assembly::settle_server_names(Round& round) {
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

void Assembly::weigh_titles(Round& round) {
  for (const auto& host : round.titles) {
    auto& entry = hosts_.at(host);
    entry.title = title_of(claimants_of(host, entry, false));
    round.hosts.insert(host);
  }
  // Only now: whether a homeserver is served depends on the titles of two hosts.
  for (const auto& host : round.titles) weigh_homeservers(round, host);
}

void Assembly::weigh_homeservers(Round& round, const std::string& host) {
  const auto title = [this](const std::string& name) -> const Title& { return hosts_.at(name).title; };
  for (const auto& owner : hosts_.at(host).claimants) {
    if (owner.kind != kube::Kind::homeserver) continue;
    auto& unit = units_.at(owner.id());
    if (!unit.named) continue;
    unit.refusal = refusal_of(unit.claims, title);
    round.reports.insert(owner.id());
    for (const auto& claimed : unit.claims.hosts) round.hosts.insert(claimed.first);
  }
}

// served_only: without homeservers that are refused; otherwise only without those that have no server name.
std::vector<Claimant> Assembly::claimants_of(const std::string& host, const HostEntry& entry,
                                             bool served_only) const {
  std::vector<Claimant> claimants;
  for (const auto& owner : entry.claimants) {
    const auto& unit = units_.at(owner.id());
    if (!unit.named || (served_only && unit.refusal)) continue;
    claimants.push_back({&unit.claims, &unit.claims.hosts.at(host)});
  }
  return claimants;
}

// The general before the special: an overlay shows what is beneath it.
void Assembly::settle_hosts(Round& round) {
  for (const auto& name : overlays_) {
    const auto dot = name.find('.');
    const bool below =
        round.settings || round.hosts.contains(std::string(kEveryHost)) ||
        (!name.starts_with('*') && dot != std::string::npos && round.hosts.contains("*" + name.substr(dot)));
    if (below) round.hosts.insert(name);
  }
  std::set<std::string> exact;
  if (round.hosts.contains(std::string(kEveryHost))) settle_host(round, std::string(kEveryHost));
  for (const auto& name : round.hosts) {
    if (name == kEveryHost) continue;
    if (name.starts_with('*')) {
      settle_host(round, name);
    } else {
      exact.insert(name);
    }
  }
  for (const auto& name : exact) settle_host(round, name);
}

void Assembly::settle_host(Round& round, const std::string& name) {
  const auto it = hosts_.find(name);
  PALPO_CHECK(it != hosts_.end());
  auto& entry = it->second;
  const Surroundings surroundings{[&](const kube::ObjectKey& secret) -> const Inspection& {
                                    return certificates_.look_at(secret, name, round.state, round.now);
                                  },
                                  default_secret_, round.now, default_of(entry.title),
                                  [&] { return beneath(name); }};
  adopt(round, name, entry, settle(name, entry.title, claimants_of(name, entry, true), surroundings));
  if (entry.claimants.empty()) hosts_.erase(it);
}

std::optional<NamespaceDefault> Assembly::default_of(const Title& title) const {
  if (!title.holder) return std::nullopt;
  const auto owners = namespace_defaults_.find(title.holder->key.namespace_);
  if (owners == namespace_defaults_.end()) return std::nullopt;
  const auto& claims = units_.at(owners->second.begin()->id()).claims;
  return NamespaceDefault{&claims, &*claims.default_backend};
}

// What a data plane would match if the host had no entry.
const api::Host* Assembly::beneath(const std::string& name) {
  const auto served = [&](const std::string& host) -> const api::Host* {
    const auto it = hosts_.find(host);
    return it != hosts_.end() && it->second.settlement.host ? &*it->second.settlement.host : nullptr;
  };
  const auto dot = name.find('.');
  if (!name.starts_with('*') && dot != std::string::npos) {
    if (const auto* host = served("*" + name.substr(dot))) return host;
  }
  if (name != kEveryHost) {
    if (const auto* host = served(std::string(kEveryHost))) return host;
  }
  return default_host_ ? &*default_host_ : nullptr;
}

// Takes the new before it lets go of the old: what both use is not made twice.
void Assembly::adopt(Round& round, const std::string& name, HostEntry& entry, Settlement next) {
  const auto before = std::exchange(entry.settlement, std::move(next));
  const auto& after = entry.settlement;
  if (after.overlay) {
    overlays_.insert(name);
  } else {
    overlays_.erase(name);
  }
  for (const auto& [id, standing] : after.standings) {
    round.reports.insert(id);
    for (const auto& backend : standing.backends) clusters_.acquire(backend.second, id, round.state);
  }
  if (after.certificate) certificates_.acquire(*after.certificate);
  for (const auto& [id, standing] : before.standings) {
    round.reports.insert(id);
    for (const auto& backend : standing.backends) clusters_.release(backend.second, id);
  }
  if (before.certificate) certificates_.release(*before.certificate);
  for (const auto& secret : before.secrets) {
    if (!after.secrets.contains(secret)) certificates_.look_away(secret, name);
  }
  if (!after.host) {
    out_.snapshot.hosts.erase(name);
    return;
  }
  auto& slot = out_.snapshot.hosts[name];
  if (!slot || slot->value != *after.host) slot = api::seal(*after.host);
}

void Assembly::settle_settings(Round& round) {
  settings_settled_ = true;
  const auto certificate_before = std::exchange(default_certificate_, std::nullopt);
  out_.findings.clear();
  if (default_secret_) {
    const std::string name(CertificateTable::kSettings);
    const auto& inspection = certificates_.look_at(*default_secret_, name, round.state, round.now);
    if (inspection.certificate) default_certificate_ = default_secret_;
    if (inspection.problem) out_.findings.push_back(*inspection.problem);
    if (inspection.chain) out_.findings.push_back(*inspection.chain);
  }
  if (default_certificate_) certificates_.acquire(*default_certificate_);
  if (certificate_before) certificates_.release(*certificate_before);

  settle_default(round);
  api::Settings settings;
  if (default_certificate_) settings.default_certificate = default_certificate_->text();
  if (default_) {
    settings.default_route = api::ProxyTo{default_->second.cluster()};
    settings.default_route_owner = default_->first.label();
  }
  if (out_.snapshot.settings->value != settings) out_.snapshot.settings = api::seal(std::move(settings));
}

// The oldest takes the hosts that nobody has.
void Assembly::settle_default(Round& round) {
  const auto before = std::exchange(default_, std::nullopt);
  default_host_.reset();
  if (!defaults_.empty()) {
    const auto& owner = *defaults_.begin();
    default_.emplace(owner, *units_.at(owner.id()).claims.default_backend);
    clusters_.acquire(default_->second, owner.id(), round.state);
    api::Route route{kHttpAndHttps, api::PathType::prefix, "/", api::ProxyTo{default_->second.cluster()},
                     owner.label()};
    default_host_.emplace().routes.push_back(std::move(route));
  }
  if (before) clusters_.release(before->second, before->first.id());
  // The others are told who it is.
  for (const auto& owner : defaults_) round.reports.insert(owner.id());
}

}  // namespace palpo::translate
