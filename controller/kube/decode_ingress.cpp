// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "controller/kube/decode.h"
#include "controller/kube/ingress.h"
#include "controller/kube/shape.h"

namespace palpo::kube {
namespace {

constexpr ShapeField kReference[] = {{"apiGroup", Is::text}, {"kind", Is::text}, {"name", Is::text}};
constexpr ShapeField kBackendPort[] = {{"name", Is::text}, {"number", Is::integer}};
constexpr ShapeField kBackendService[] = {{"name", Is::text}, {"port", Is::object, kBackendPort}};
constexpr ShapeField kBackend[] = {{"service", Is::object, kBackendService},
                                   {"resource", Is::object, kReference}};
constexpr ShapeField kPath[] = {
    {"path", Is::text}, {"pathType", Is::text}, {"backend", Is::object, kBackend}};
constexpr ShapeField kHttp[] = {{"paths", Is::objects, kPath}};
constexpr ShapeField kRule[] = {{"host", Is::text}, {"http", Is::object, kHttp}};
constexpr ShapeField kTls[] = {{"hosts", Is::texts}, {"secretName", Is::text}};
constexpr ShapeField kIngressSpec[] = {{"ingressClassName", Is::text},
                                       {"defaultBackend", Is::object, kBackend},
                                       {"tls", Is::objects, kTls},
                                       {"rules", Is::objects, kRule}};
constexpr ShapeField kIngress[] = {{"spec", Is::object, kIngressSpec},
                                   {"status", Is::object, kBalancedStatusShape}};

constexpr ShapeField kParameters[] = {{"apiGroup", Is::text},
                                      {"kind", Is::text},
                                      {"name", Is::text},
                                      {"scope", Is::text},
                                      {"namespace", Is::text}};
constexpr ShapeField kClassSpec[] = {{"controller", Is::text}, {"parameters", Is::object, kParameters}};
constexpr ShapeField kIngressClass[] = {{"spec", Is::object, kClassSpec}};

PortRef decode_port(Fields port) {
  const auto name = port.text("name");
  if (!name.empty() && port.has("number")) port.fail("number", "expected a name or a number, not both");
  if (!name.empty()) return name;
  if (!port.has("number")) {
    port.fail("number", "required, or a name");
    return 0;
  }
  return port.port("number");
}

IngressBackend decode_backend(Fields object) {
  IngressBackend backend;
  if (object.has("resource")) {
    if (object.has("service")) object.fail("resource", "expected a service or a resource, not both");
    Fields resource = object.object("resource");
    backend.resource = resource.required_text("kind") + "/" + resource.required_text("name");
    return backend;
  }
  Fields service = object.object("service");
  backend.service = service.required_text("name");
  backend.port = decode_port(service.object("port"));
  return backend;
}

IngressPathType decode_path_type(Fields& path) {
  const auto type = path.required_text("pathType");
  if (type == "Exact") return IngressPathType::exact;
  if (type == "Prefix") return IngressPathType::prefix;
  if (type != "ImplementationSpecific")
    path.fail("pathType", "expected Exact, Prefix or ImplementationSpecific");
  return IngressPathType::implementation_specific;
}

IngressRule decode_rule(Fields object) {
  IngressRule rule;
  rule.host = object.text("host");
  object.object("http").each("paths", [&rule](Fields path) {
    const auto type = decode_path_type(path);
    auto text = path.text("path");
    const bool absolute = !text.empty() && text.front() == '/';
    if (!absolute && (!text.empty() || type != IngressPathType::implementation_specific))
      path.fail("path", "expected a path that begins with /");
    rule.paths.push_back({std::move(text), type, decode_backend(path.object("backend"))});
  });
  return rule;
}

}  // namespace

std::string to_string(const PortRef& port) {
  const auto* const number = std::get_if<std::int32_t>(&port);
  return number != nullptr ? std::to_string(*number) : std::get<std::string>(port);
}

Ingress Ingress::decode(Meta meta, Fields& object) {
  Ingress ingress;
  ingress.meta = std::move(meta);
  Fields spec = object.object("spec");
  if (spec.has("ingressClassName")) ingress.class_name = spec.text("ingressClassName");
  if (spec.has("defaultBackend")) ingress.default_backend = decode_backend(spec.object("defaultBackend"));
  spec.each("tls", [&ingress](Fields entry) {
    ingress.tls.push_back({entry.texts("hosts"), entry.text("secretName")});
  });
  spec.each("rules", [&ingress](Fields rule) { ingress.rules.push_back(decode_rule(std::move(rule))); });
  ingress.status.addresses = decode_addresses(object.object("status"));
  return ingress;
}

IngressClass IngressClass::decode(Meta meta, Fields& object) {
  return {std::move(meta), object.object("spec").text("controller")};
}

Shape Ingress::shape() { return kIngress; }
Shape IngressClass::shape() { return kIngressClass; }

}  // namespace palpo::kube
