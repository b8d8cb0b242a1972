// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/decode.h"
#include "controller/kube/service.h"
#include "controller/kube/shape.h"

namespace palpo::kube {
namespace {

constexpr ShapeField kServicePort[] = {{"name", Is::text},
                                       {"protocol", Is::text},
                                       {"port", Is::integer},
                                       {"appProtocol", Is::text},
                                       {"targetPort", Is::text_or_integer},
                                       {"nodePort", Is::integer}};
constexpr ShapeField kClientIp[] = {{"timeoutSeconds", Is::integer}};
constexpr ShapeField kAffinity[] = {{"clientIP", Is::object, kClientIp}};
constexpr ShapeField kServiceSpec[] = {{"ports", Is::objects, kServicePort},
                                       {"selector", Is::text_map},
                                       {"clusterIP", Is::text},
                                       {"clusterIPs", Is::texts},
                                       {"type", Is::text},
                                       {"externalIPs", Is::texts},
                                       {"sessionAffinity", Is::text},
                                       {"loadBalancerIP", Is::text},
                                       {"loadBalancerSourceRanges", Is::texts},
                                       {"externalName", Is::text},
                                       {"externalTrafficPolicy", Is::text},
                                       {"healthCheckNodePort", Is::integer},
                                       {"publishNotReadyAddresses", Is::boolean},
                                       {"sessionAffinityConfig", Is::object, kAffinity},
                                       {"ipFamilies", Is::texts},
                                       {"ipFamilyPolicy", Is::text},
                                       {"allocateLoadBalancerNodePorts", Is::boolean},
                                       {"loadBalancerClass", Is::text},
                                       {"internalTrafficPolicy", Is::text},
                                       {"trafficDistribution", Is::text}};
constexpr ShapeField kService[] = {{"spec", Is::object, kServiceSpec},
                                   {"status", Is::object, kBalancedStatusShape}};

constexpr ShapeField kReadiness[] = {
    {"ready", Is::boolean}, {"serving", Is::boolean}, {"terminating", Is::boolean}};
constexpr ShapeField kTarget[] = {
    {"kind", Is::text},      {"namespace", Is::text},       {"name", Is::text},
    {"uid", Is::text},       {"resourceVersion", Is::text}, {"fieldPath", Is::text},
    {"apiVersion", Is::text}};
constexpr ShapeField kHint[] = {{"name", Is::text}};
constexpr ShapeField kHints[] = {{"forZones", Is::objects, kHint}, {"forNodes", Is::objects, kHint}};
constexpr ShapeField kEndpoint[] = {{"addresses", Is::texts},
                                    {"conditions", Is::object, kReadiness},
                                    {"hostname", Is::text},
                                    {"targetRef", Is::object, kTarget},
                                    {"deprecatedTopology", Is::text_map},
                                    {"nodeName", Is::text},
                                    {"zone", Is::text},
                                    {"hints", Is::object, kHints}};
constexpr ShapeField kSlicePort[] = {
    {"name", Is::text}, {"protocol", Is::text}, {"port", Is::integer}, {"appProtocol", Is::text}};
constexpr ShapeField kEndpointSlice[] = {
    {"addressType", Is::text}, {"endpoints", Is::objects, kEndpoint}, {"ports", Is::objects, kSlicePort}};

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

Service Service::decode(Meta meta, Fields& object) {
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

EndpointSlice EndpointSlice::decode(Meta meta, Fields& object) {
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

Shape Service::shape() { return kService; }
Shape EndpointSlice::shape() { return kEndpointSlice; }

}  // namespace palpo::kube
