// SPDX-License-Identifier: Apache-2.0
// Which hosts are settled anew, what they show beneath an overlay, and the settings that exist once.
#include <utility>

#include "base/check.h"
#include "controller/translate/translate.h"

namespace palpo::translate {

// The general before the special: an overlay shows what is beneath it.
void Translator::settle_hosts(Round& round) {
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

void Translator::settle_host(Round& round, const std::string& name) {
  const auto it = hosts_.find(name);
  PALPO_CHECK(it != hosts_.end());
  auto& entry = it->second;
  const Surroundings surroundings{[&](const kube::ObjectKey& secret) -> const Inspection& {
                                    return certificates_.look_at(secret, name, round.state, round.now);
                                  },
                                  options_.default_tls_secret, round.now, default_of(entry.title),
                                  [&] { return beneath(name); }};
  adopt(round, name, entry, settle(name, entry.title, claimants_of(name, entry, true), surroundings));
  if (entry.claimants.empty()) hosts_.erase(it);
}

std::optional<NamespaceDefault> Translator::default_of(const Title& title) const {
  if (!title.holder) return std::nullopt;
  const auto owners = namespace_defaults_.find(title.holder->key.namespace_);
  if (owners == namespace_defaults_.end()) return std::nullopt;
  const auto& claims = units_.at(owners->second.begin()->id()).claims;
  return NamespaceDefault{&claims, &*claims.default_backend};
}

// What a data plane would match if the host had no entry.
const api::Host* Translator::beneath(const std::string& name) {
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
void Translator::adopt(Round& round, const std::string& name, HostEntry& entry, Settlement next) {
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
  if (!after.host) return snapshot_.drop_host(name);
  const auto known = out_.snapshot.hosts.find(name);
  if (known == out_.snapshot.hosts.end() || known->second->value != *after.host)
    snapshot_.put(api::seal(*after.host));
}

void Translator::settle_settings(Round& round) {
  settings_settled_ = true;
  const auto certificate_before = std::exchange(default_certificate_, std::nullopt);
  out_.findings.clear();
  if (options_.default_tls_secret) {
    const std::string name(CertificateTable::kSettings);
    const auto& inspection =
        certificates_.look_at(*options_.default_tls_secret, name, round.state, round.now);
    if (inspection.certificate) default_certificate_ = options_.default_tls_secret;
    if (inspection.problem) out_.findings.push_back(*inspection.problem);
    if (inspection.chain) out_.findings.push_back(*inspection.chain);
  }
  if (default_certificate_) certificates_.acquire(*default_certificate_);
  if (certificate_before) certificates_.release(*certificate_before);

  settle_default(round);
  api::Settings settings;
  if (default_certificate_) settings.default_certificate = default_certificate_->text();
  if (default_) {
    settings.default_route = api::default_route_to(default_->second.cluster(), default_->first.label());
  }
  if (out_.snapshot.settings->value != settings) snapshot_.put(api::seal(std::move(settings)));
}

// The oldest takes the hosts that nobody has.
void Translator::settle_default(Round& round) {
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
