// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/decode.h"
#include "controller/kube/homeserver.h"
#include "controller/kube/json_reader.h"
#include "controller/kube/shape.h"

namespace palpo::kube {
namespace {

constexpr ShapeField kHomeserverService[] = {{"name", Is::text}, {"port", Is::text_or_integer}};
constexpr ShapeField kHomeserverBackend[] = {{"service", Is::object, kHomeserverService}};
constexpr ShapeField kHostTls[] = {{"host", Is::text}, {"secretName", Is::text}};
constexpr ShapeField kHomeserverTls[] = {{"secretName", Is::text}, {"hosts", Is::objects, kHostTls}};
constexpr ShapeField kWellKnown[] = {{"client", Is::any_object},
                                     {"server", Is::any_object},
                                     {"support", Is::any_object},
                                     {"policyServer", Is::any_object},
                                     {"only", Is::boolean}};
constexpr ShapeField kHomeserverSpec[] = {{"serverName", Is::text},
                                          {"host", Is::text},
                                          {"ingressClassName", Is::text},
                                          {"backend", Is::object, kHomeserverBackend},
                                          {"tls", Is::object, kHomeserverTls},
                                          {"wellKnown", Is::object, kWellKnown}};
constexpr ShapeField kHomeserverStatus[] = {{"observedGeneration", Is::integer},
                                            {"conditions", Is::objects, kConditionShape}};
constexpr ShapeField kHomeserver[] = {{"spec", Is::object, kHomeserverSpec},
                                      {"status", Is::object, kHomeserverStatus}};

PortRef decode_port(Fields& service) {
  if (const auto name = service.value("port").text()) {
    if (name->empty()) service.fail("port", "expected a number or a name");
    return std::string(*name);
  }
  if (service.has("port") && service.value("port").type != Value::Type::integer) {
    service.fail("port", "expected a number or a name");
    return 0;
  }
  return service.port("port");
}

std::string decode_extras(Fields& well_known, std::string_view name) {
  const auto& value = well_known.value(name);
  if (value.is_null()) return {};
  if (value.type != Value::Type::object) {
    well_known.fail(name, "expected an object");
    return {};
  }
  if (value.size() == 0) return {};
  auto text = canonical_json(value, kMaxAnswerDepth);
  if (!text) well_known.fail(name, text.error().message);
  return text ? *std::move(text) : std::string();
}

void decode_spec(Fields spec, Homeserver& homeserver) {
  homeserver.server_name = spec.required_text("serverName");
  homeserver.host = spec.text("host");
  homeserver.class_name = spec.text("ingressClassName");
  Fields well_known = spec.object("wellKnown");
  homeserver.well_known_only = well_known.boolean("only").value_or(false);
  if (spec.has("backend")) {
    Fields backend = spec.object("backend");
    Fields service = backend.object("service");
    homeserver.service = service.required_text("name");
    homeserver.port = decode_port(service);
  }
  Fields tls = spec.object("tls");
  homeserver.tls_secret = tls.text("secretName");
  tls.each("hosts", [&homeserver](Fields entry) {
    homeserver.tls_hosts.push_back({entry.required_text("host"), entry.required_text("secretName")});
  });
  homeserver.well_known_client = decode_extras(well_known, "client");
  homeserver.well_known_server = decode_extras(well_known, "server");
  homeserver.well_known_support = decode_extras(well_known, "support");
  homeserver.well_known_policy_server = decode_extras(well_known, "policyServer");
}

}  // namespace

Homeserver Homeserver::decode(Meta meta, Fields& object) {
  Homeserver homeserver;
  homeserver.meta = std::move(meta);
  decode_spec(object.object("spec"), homeserver);
  homeserver.status.parents = {decode_parent_status(object.object("status"))};
  return homeserver;
}

Shape Homeserver::shape() { return kHomeserver; }

}  // namespace palpo::kube
