// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/decode.h"

namespace palpo::kube {
namespace {

PortRef decode_port(Fields& service) {
  if (const auto name = service.value("port").text()) {
    if (name->empty()) service.fail("port", "expected a number or a name");
    return std::string(*name);
  }
  if (service.has("port") && service.value("port").type() != JsonView::Type::integer) {
    service.fail("port", "expected a number or a name");
    return 0;
  }
  return service.port("port");
}

std::string decode_extras(Fields& well_known, std::string_view name) {
  const auto value = well_known.value(name);
  if (value.is_null()) return {};
  if (value.type() != JsonView::Type::object) {
    well_known.fail(name, "expected an object");
    return {};
  }
  return value.size() == 0 ? std::string() : value.canonical();
}

Condition decode_condition(Fields object) {
  Condition condition;
  condition.type = object.text("type");
  condition.status = object.text("status");
  condition.observed_generation = object.integer("observedGeneration");
  condition.last_transition_time = object.text("lastTransitionTime");
  condition.reason = object.text("reason");
  condition.message = object.text("message");
  return condition;
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

Homeserver decode_homeserver(Meta meta, Fields& object) {
  Homeserver homeserver;
  homeserver.meta = std::move(meta);
  decode_spec(object.object("spec"), homeserver);
  Fields status = object.object("status");
  homeserver.observed_generation = status.integer("observedGeneration");
  status.each("conditions", [&homeserver](Fields condition) {
    homeserver.conditions.push_back(decode_condition(std::move(condition)));
  });
  return homeserver;
}

}  // namespace palpo::kube
