// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/decode.h"

namespace palpo::kube {
namespace {

constexpr const char* kServiceNameLabel = "kubernetes.io/service-name";

std::optional<PortRef> decode_target_port(Fields& port) {
  if (const auto name = port.value("targetPort").text()) return std::string(*name);
  if (port.has("targetPort")) return port.port("targetPort");
  return std::nullopt;
}

SliceEndpoint decode_endpoint(Fields object) {
  SliceEndpoint endpoint;
  endpoint.addresses = object.texts("addresses");
  Fields conditions = object.object("conditions");
  endpoint.ready = conditions.boolean("ready").value_or(true);
  endpoint.serving = conditions.boolean("serving").value_or(endpoint.ready);
  endpoint.terminating = conditions.boolean("terminating").value_or(false);
  return endpoint;
}

}  // namespace

Service decode_service(Meta meta, Fields& object) {
  Service service;
  service.meta = std::move(meta);
  Fields spec = object.object("spec");
  service.type = spec.text("type", "ClusterIP");
  service.external_name = spec.text("externalName");
  if (service.type == "ExternalName" && service.external_name.empty()) spec.fail("externalName", "required");
  service.cluster_ip = spec.text("clusterIP");
  service.external_ips = spec.texts("externalIPs");
  spec.each("ports", [&service](Fields port) {
    service.ports.push_back(
        {port.text("name"), port.port("port"), port.text("protocol", "TCP"), decode_target_port(port)});
  });
  service.has_selector = spec.value("selector").size() > 0;
  service.load_balancer = decode_addresses(object.object("status"));
  return service;
}

EndpointSlice decode_endpoint_slice(Meta meta, Fields& object) {
  EndpointSlice slice;
  slice.meta = std::move(meta);
  if (const auto label = slice.meta.labels.find(kServiceNameLabel); label != slice.meta.labels.end())
    slice.service = label->second;
  slice.address_type = object.required_text("addressType");
  object.each("endpoints",
              [&slice](Fields endpoint) { slice.endpoints.push_back(decode_endpoint(std::move(endpoint))); });
  object.each("ports", [&slice](Fields port) {
    const std::int32_t number = port.has("port") ? port.port("port") : 0;
    slice.ports.push_back({port.text("name"), number, port.text("protocol", "TCP")});
  });
  return slice;
}

}  // namespace palpo::kube
