// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/model.h"

#include <algorithm>

#include "dataplane/api/fields.h"
#include "dataplane/api/json.h"
#include "dataplane/api/json_write.h"

namespace palpo::api {
namespace {

// The kind goes into the digest: a host and a cluster may not stand in for each other.
template <class T>
Ref<T> seal_as(ResourceKind kind, T value) {
  std::string content(to_string(kind));
  content += '\n';
  content += to_json(value);
  const Digest digest = sha256(content);
  return std::make_shared<const Sealed<T>>(Sealed<T>{std::move(value), digest});
}

}  // namespace

std::string_view to_string(ResourceKind kind) { return word_of(kind); }

std::string ResourceId::text() const {
  std::string text(to_string(kind));
  if (!name.empty()) text.append(" ").append(name);
  return text;
}

Route default_route_to(std::string cluster, std::string owner) {
  return {ListenerSet{}.with(Listener::http).with(Listener::https), PathType::prefix, "/",
          ProxyTo{std::move(cluster)}, std::move(owner)};
}

Ref<Host> seal(Host host) {
  std::sort(host.routes.begin(), host.routes.end());
  return seal_as(ResourceKind::host, std::move(host));
}
Ref<Cluster> seal(Cluster cluster) { return seal_as(ResourceKind::cluster, std::move(cluster)); }
Ref<Certificate> seal(Certificate certificate) {
  return seal_as(ResourceKind::certificate, std::move(certificate));
}
Ref<Settings> seal(Settings settings) { return seal_as(ResourceKind::settings, std::move(settings)); }

}  // namespace palpo::api
