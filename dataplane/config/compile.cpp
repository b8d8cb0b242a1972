// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/compile.h"

#include <utility>

#include "base/check.h"

namespace palpo::config {
namespace {

template <class T>
bool unchanged(const std::map<std::string, api::Ref<T>>& before, const api::Ref<T>& resource) {
  const auto it = before.find(resource->value.name);
  return it != before.end() && it->second->digest == resource->digest;
}

template <class F>
void for_each_dropped(const api::Delta& delta, api::ResourceKind kind, const F& visit) {
  for (const auto& id : delta.drop) {
    if (id.kind == kind) visit(id.name);
  }
}

}  // namespace

// One call's work. Nothing of it is kept when there are faults.
struct Compiler::Draft {
  const api::Snapshot& serving;
  const api::Snapshot& next;
  const api::Delta& delta;
  Contexts made;         // of certificates that are new or have changed
  bool default_changed;  // the default certificate is to be set (again)
  std::shared_ptr<RuntimeConfig> config;
};

Compiler::Compiler()
    : tickets_(std::make_shared<tls::TicketKeys>()), hello_(tls::make_hello_context(tickets_)) {}

Compilation Compiler::compile(const api::Snapshot& serving, const api::Snapshot& next,
                              const api::Delta& delta, const Digest& version, const api::KeyRing& keys) {
  Draft draft{serving, next, delta, {}, !last_ || delta.put_settings != nullptr, nullptr};
  if (auto faults = make_contexts(draft, keys); !faults.empty()) return {nullptr, std::move(faults)};
  draft.config = last_ ? std::make_shared<RuntimeConfig>(*last_) : std::make_shared<RuntimeConfig>();
  draft.config->version = version;
  take_certificates(draft);
  take_settings(draft);
  take_hosts(draft);
  take_clusters(draft);
  last_ = std::move(draft.config);
  return {last_, {}};
}

// All that can fail.
std::vector<api::Fault> Compiler::make_contexts(Draft& draft, const api::KeyRing& keys) {
  std::vector<api::Fault> faults;
  for (const auto& certificate : draft.delta.put_certificates) {
    const auto& value = certificate->value;
    if (unchanged(draft.serving.certificates, certificate)) continue;
    const auto key = keys.find(value.key_id);
    PALPO_CHECK(key != keys.end());
    auto context = tls::make_server_context(value, *key->second, tickets_);
    if (context) {
      draft.made.emplace(value.name, *std::move(context));
    } else {
      faults.push_back({{api::ResourceKind::certificate, value.name}, context.error().message});
    }
  }
  if (!draft.next.settings->value.default_certificate && !self_signed_) {
    auto context = tls::make_self_signed_context(tickets_);
    if (context) {
      self_signed_ = *std::move(context);
    } else {
      faults.push_back({{api::ResourceKind::settings, ""}, context.error().message});
    }
  }
  return faults;
}

void Compiler::take_certificates(Draft& draft) {
  bool replaced = false;
  for (auto& [name, context] : draft.made) {
    const bool known = !contexts_.insert_or_assign(name, context).second;
    replaced = replaced || known;
  }
  for_each_dropped(draft.delta, api::ResourceKind::certificate,
                   [this](const std::string& name) { contexts_.erase(name); });
  const auto& default_certificate = draft.next.settings->value.default_certificate;
  if (default_certificate && draft.made.contains(*default_certificate)) draft.default_changed = true;
  if (!replaced) return;
  for (const auto& [name, host] : draft.next.hosts) {
    const auto& certificate = host->value.certificate;
    if (certificate && draft.made.contains(*certificate)) put_tls(host->value, draft.config->tls);
  }
}

void Compiler::take_settings(Draft& draft) {
  const auto& settings = draft.next.settings;
  if (!last_) draft.config->tls.set_hello(hello_);
  if (!last_ || draft.delta.put_settings) {
    draft.config->settings = settings;
    draft.config->router.set_default_route(settings->value.default_route);
    if (last_) owners_.drop(draft.serving.settings->value);
    owners_.put(settings->value);
  }
  if (!draft.default_changed) return;
  const auto& name = settings->value.default_certificate;
  draft.config->tls.set_default(name ? contexts_.at(*name) : self_signed_);
}

void Compiler::take_hosts(Draft& draft) {
  const auto forget_owners = [&](const std::string& name) {
    const auto before = draft.serving.hosts.find(name);
    if (before != draft.serving.hosts.end()) owners_.drop(before->second->value);
  };
  for (const auto& host : draft.delta.put_hosts) {
    if (last_ && unchanged(draft.serving.hosts, host)) continue;
    draft.config->router.put(routing::compile_host(host));
    forget_owners(host->value.name);
    owners_.put(host->value);
    put_tls(host->value, draft.config->tls);
  }
  for_each_dropped(draft.delta, api::ResourceKind::host, [&](const std::string& name) {
    draft.config->router.drop(name);
    forget_owners(name);
    draft.config->tls.drop(name);
  });
}

void Compiler::take_clusters(Draft& draft) {
  std::vector<std::shared_ptr<const RuntimeCluster>>
      gone;  // released last: an address that stays keeps its id
  auto& clusters = draft.config->clusters;
  const auto remember = [&](const std::string& name) {
    if (const auto* before = clusters.find(name)) gone.push_back(*before);
  };
  for (const auto& cluster : draft.delta.put_clusters) {
    if (last_ && unchanged(draft.serving.clusters, cluster)) continue;
    auto compiled = std::make_shared<RuntimeCluster>();
    for (const auto& endpoint : cluster->value.endpoints)
      compiled->endpoints.push_back(endpoints_.acquire(endpoint));
    remember(cluster->value.name);
    clusters.put(cluster->value.name, std::move(compiled));
  }
  for_each_dropped(draft.delta, api::ResourceKind::cluster, [&](const std::string& name) {
    remember(name);
    clusters.drop(name);
  });
  for (const auto& cluster : gone) {
    for (const auto& endpoint : cluster->endpoints) endpoints_.release(endpoint);
  }
  draft.config->endpoint_ids = endpoints_.ids();
}

void Compiler::put_tls(const api::Host& host, tls::TlsTable& table) const {
  if (host.certificate) {
    table.put(host.name, contexts_.at(*host.certificate));
  } else if (host.no_certificate == api::NoCertificate::refuse) {
    table.put_refusal(host.name);
  } else {
    table.put_default(host.name);
  }
}

}  // namespace palpo::config
