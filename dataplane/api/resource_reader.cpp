// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/resource_reader.h"

namespace palpo::api {
namespace {

ListenerSet read_listeners(JsonReader& in) {
  static constexpr std::string_view kNames[] = {"http", "https", "federation"};
  static constexpr Listener kListeners[] = {Listener::http, Listener::https, Listener::federation};
  ListenerSet listeners;
  in.array([&] {
    const auto listener = kListeners[in.one_of(kNames)];
    if (listeners.has(listener)) in.fail("stands twice");
    listeners = listeners.with(listener);
  });
  return listeners;
}

std::optional<std::string> read_optional_string(JsonReader& in) {
  if (in.null()) return std::nullopt;
  return in.string();
}

std::uint16_t read_uint16(JsonReader& in) { return static_cast<std::uint16_t>(in.number(UINT16_MAX)); }

ProxyTo read_proxy(JsonReader& in) {
  ProxyTo proxy;
  in.object(field("cluster", [&] { proxy.cluster = in.string(); }));
  return proxy;
}

FixedAnswer read_answer(JsonReader& in) {
  FixedAnswer answer;
  in.object(field("status", [&] { answer.status = read_uint16(in); }),
            field("content_type", [&] { answer.content_type = in.string(); }),
            field("cache_control", [&] { answer.cache_control = in.string(); }),
            field("cors", [&] { answer.cors = in.boolean(); }),  //
            field("body", [&] { answer.body = in.string(); }));
  return answer;
}

Refusal read_refusal(JsonReader& in) {
  Refusal refusal;
  in.object(field("status", [&] { refusal.status = read_uint16(in); }));
  return refusal;
}

Action read_action(JsonReader& in) {
  Action action;
  in.choice(field("proxy", [&] { action = read_proxy(in); }),
            field("answer", [&] { action = read_answer(in); }),  //
            field("refuse", [&] { action = read_refusal(in); }));
  return action;
}

Route read_route(JsonReader& in) {
  static constexpr std::string_view kTypes[] = {"exact", "prefix"};
  Route route;
  in.object(field("listeners", [&] { route.listeners = read_listeners(in); }),
            field("type", [&] { route.type = in.one_of(kTypes) == 0 ? PathType::exact : PathType::prefix; }),
            field("path", [&] { route.path = in.string(); }),
            field("action", [&] { route.action = read_action(in); }),
            field("owner", [&] { route.owner = in.string(); }));
  return route;
}

Endpoint read_endpoint(JsonReader& in) {
  Endpoint endpoint;
  in.object(field("address", [&] { endpoint.address = in.string(); }),
            field("port", [&] { endpoint.port = read_uint16(in); }));
  return endpoint;
}

}  // namespace

Host read_host(JsonReader& in) {
  static constexpr std::string_view kWithout[] = {"use_default", "refuse"};
  static constexpr NoCertificate kNoCertificate[] = {NoCertificate::use_default, NoCertificate::refuse};
  Host host;
  in.object(field("name", [&] { host.name = in.string(); }),
            field("certificate", [&] { host.certificate = read_optional_string(in); }),
            field("no_certificate", [&] { host.no_certificate = kNoCertificate[in.one_of(kWithout)]; }),
            field("redirect_to_https", [&] { host.redirect_to_https = in.boolean(); }),
            field("routes", [&] { in.array([&] { host.routes.push_back(read_route(in)); }); }));
  return host;
}

Cluster read_cluster(JsonReader& in) {
  Cluster cluster;
  in.object(field("name", [&] { cluster.name = in.string(); }),
            field("endpoints", [&] { in.array([&] { cluster.endpoints.push_back(read_endpoint(in)); }); }));
  return cluster;
}

Certificate read_certificate(JsonReader& in) {
  Certificate certificate;
  in.object(field("name", [&] { certificate.name = in.string(); }),
            field("chain_pem", [&] { certificate.chain_pem = in.string(); }),
            field("key_id", [&] { certificate.key_id = in.string(); }));
  return certificate;
}

Settings read_settings(JsonReader& in) {
  Settings settings;
  in.object(field("default_certificate", [&] { settings.default_certificate = read_optional_string(in); }),
            field("default_route",
                  [&] {
                    if (!in.null()) settings.default_route = read_proxy(in);
                  }),
            field("default_route_owner", [&] { settings.default_route_owner = in.string(); }));
  return settings;
}

ResourceId read_resource_id(JsonReader& in) {
  static constexpr std::string_view kNames[] = {"host", "cluster", "certificate", "settings"};
  static constexpr ResourceKind kKinds[] = {ResourceKind::host, ResourceKind::cluster,
                                            ResourceKind::certificate, ResourceKind::settings};
  ResourceId id;
  in.object(field("kind", [&] { id.kind = kKinds[in.one_of(kNames)]; }),
            field("name", [&] { id.name = in.string(); }));
  return id;
}

}  // namespace palpo::api
