// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/composition.h"

#include <initializer_list>
#include <utility>
#include <variant>

namespace palpo::publish {
namespace {

using api::ResourceId;
using api::ResourceKind;

template <class T>
api::Ref<T> find(const std::map<std::string, api::Ref<T>>& resources, const std::string& name) {
  const auto at = resources.find(name);
  return at == resources.end() ? nullptr : at->second;
}

class Composer {
 public:
  Composer(const api::Snapshot& wanted, const api::Snapshot& accepted,
           const std::function<bool(const ResourceId&, const Digest&)>& is_refused)
      : wanted_(wanted), accepted_(accepted), is_refused_(is_refused) {
    out_.snapshot = wanted;
  }

  void certificate(const std::string& name) {
    place({ResourceKind::certificate, name}, out_.snapshot.certificates, find(wanted_.certificates, name),
          {find(wanted_.certificates, name), find(accepted_.certificates, name)});
  }
  void cluster(const std::string& name) {
    place({ResourceKind::cluster, name}, out_.snapshot.clusters, find(wanted_.clusters, name),
          {find(wanted_.clusters, name), find(accepted_.clusters, name), api::seal(api::Cluster{name, {}})});
  }
  void host(const std::string& name) {
    place({ResourceKind::host, name}, out_.snapshot.hosts, find(wanted_.hosts, name),
          {mended(find(wanted_.hosts, name)), revived(find(accepted_.hosts, name))});
  }
  // After the refused ones: those that merely name a certificate that had to go.
  void other_hosts(const std::set<ResourceId>& refused) {
    for (auto& [name, host] : out_.snapshot.hosts)
      if (!refused.contains({ResourceKind::host, name})) host = mended(host);
  }
  void settings(bool refused) {
    const ResourceId id{ResourceKind::settings, ""};
    const auto wanted = mended(wanted_.settings);
    out_.snapshot.settings = wanted;
    if (!refused || !is_refused_(id, wanted->digest)) return;
    out_.held_back.insert(id);
    const auto accepted = revived(accepted_.settings);
    out_.snapshot.settings = is_refused_(id, accepted->digest) ? api::seal(api::Settings{}) : accepted;
  }
  Composed take() { return std::move(out_); }
  bool lost_certificates() const {
    for (const auto& id : out_.held_back)
      if (id.kind == ResourceKind::certificate && !out_.snapshot.certificates.contains(id.name)) return true;
    return false;
  }

 private:
  template <class T>
  void place(const ResourceId& id, std::map<std::string, api::Ref<T>>& into, const api::Ref<T>& wanted,
             std::initializer_list<api::Ref<T>> forms) {
    for (const auto& form : forms) {
      if (!form || is_refused_(id, form->digest)) continue;
      if (!wanted || form->digest != wanted->digest) out_.held_back.insert(id);
      into[id.name] = form;
      return;
    }
    out_.held_back.insert(id);
    into.erase(id.name);
  }

  // A certificate that is wanted but had to go is no longer named. What the author names without its existing
  // stays: validation says so.
  bool lost(const std::optional<std::string>& certificate) const {
    return certificate && !out_.snapshot.certificates.contains(*certificate) &&
           out_.held_back.contains({ResourceKind::certificate, *certificate});
  }
  api::Ref<api::Host> mended(const api::Ref<api::Host>& host) const {
    if (!host || !lost(host->value.certificate)) return host;
    api::Host copy = host->value;
    copy.certificate.reset();
    return api::seal(std::move(copy));
  }
  api::Ref<api::Settings> mended(const api::Ref<api::Settings>& settings) const {
    if (!lost(settings->value.default_certificate)) return settings;
    api::Settings copy = settings->value;
    copy.default_certificate.reset();
    return api::seal(std::move(copy));
  }

  // An accepted form may name what is no longer wanted: that comes back with it.
  api::Ref<api::Host> revived(const api::Ref<api::Host>& host) {
    if (!host || is_refused_({ResourceKind::host, host->value.name}, host->digest)) return nullptr;
    if (host->value.certificate) revive_certificate(*host->value.certificate);
    for (const auto& route : host->value.routes)
      if (const auto* proxy = std::get_if<api::ProxyTo>(&route.action)) revive_cluster(proxy->cluster);
    return mended(host);
  }
  api::Ref<api::Settings> revived(const api::Ref<api::Settings>& settings) {
    if (settings->value.default_certificate) revive_certificate(*settings->value.default_certificate);
    if (const auto& route = settings->value.default_route)
      if (const auto* proxy = std::get_if<api::ProxyTo>(&route->action)) revive_cluster(proxy->cluster);
    return mended(settings);
  }
  void revive_certificate(const std::string& name) {
    if (!out_.snapshot.certificates.contains(name)) certificate(name);
  }
  void revive_cluster(const std::string& name) {
    if (!out_.snapshot.clusters.contains(name)) cluster(name);
  }

  const api::Snapshot& wanted_;
  const api::Snapshot& accepted_;
  const std::function<bool(const ResourceId&, const Digest&)>& is_refused_;
  Composed out_;
};

}  // namespace

Composed compose(const api::Snapshot& wanted, const api::Snapshot& accepted,
                 const std::set<ResourceId>& refused,
                 const std::function<bool(const ResourceId&, const Digest&)>& is_refused) {
  Composer composer(wanted, accepted, is_refused);
  // What is no longer wanted is not refused any more either.
  for (const auto& id : refused) {
    if (id.kind == ResourceKind::certificate && wanted.certificates.contains(id.name))
      composer.certificate(id.name);
    if (id.kind == ResourceKind::cluster && wanted.clusters.contains(id.name)) composer.cluster(id.name);
  }
  for (const auto& id : refused)
    if (id.kind == ResourceKind::host && wanted.hosts.contains(id.name)) composer.host(id.name);
  composer.settings(refused.contains({ResourceKind::settings, ""}));
  if (composer.lost_certificates()) composer.other_hosts(refused);
  return composer.take();
}

}  // namespace palpo::publish
