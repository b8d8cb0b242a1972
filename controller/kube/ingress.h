// SPDX-License-Identifier: Apache-2.0
// networking.k8s.io/v1 Ingress and IngressClass, as far as they are read. Plain data; empty text: field
// absent.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "controller/kube/kind_info.h"
#include "controller/kube/meta.h"
#include "controller/kube/status.h"

namespace palpo::kube {

// A Service port by number or by name.
using PortRef = std::variant<std::int32_t, std::string>;
std::string to_string(const PortRef& port);

struct IngressBackend {
  std::string service;  // empty: a `resource` backend, which no route can serve
  PortRef port = 0;
  std::string resource;  // "Kind/name" of a resource backend
  auto operator<=>(const IngressBackend&) const = default;
};

enum class IngressPathType { exact, prefix, implementation_specific };

struct IngressPath {
  std::string path;  // empty is "/"
  IngressPathType type = IngressPathType::implementation_specific;
  IngressBackend backend;
  auto operator<=>(const IngressPath&) const = default;
};

struct IngressRule {
  std::string host;  // empty: every host
  std::vector<IngressPath> paths;
  auto operator<=>(const IngressRule&) const = default;
};

struct IngressTls {
  std::vector<std::string> hosts;
  std::string secret;
  auto operator<=>(const IngressTls&) const = default;
};

struct Ingress {
  static constexpr KindInfo kInfo{.name = "Ingress",
                                  .api_version = "networking.k8s.io/v1",
                                  .path = "/apis/networking.k8s.io/v1/ingresses",
                                  .role = Role::authored,
                                  .class_rule = ClassRule::named,
                                  .status = StatusKind::addresses};
  static Ingress decode(Meta meta, Fields& object);
  static Shape shape();

  Meta meta;
  std::optional<std::string> class_name;  // spec.ingressClassName
  std::optional<IngressBackend> default_backend;
  std::vector<IngressTls> tls;
  std::vector<IngressRule> rules;
  Status status;
  auto operator<=>(const Ingress&) const = default;

  // What readers look at: a status, a resourceVersion or a label alone does not count. Likewise below.
  auto matter() const {
    return std::tuple(meta.authored(), std::tie(class_name, default_backend, tls, rules));
  }
};

struct IngressClass {
  static constexpr KindInfo kInfo{.name = "IngressClass",
                                  .api_version = "networking.k8s.io/v1",
                                  .path = "/apis/networking.k8s.io/v1/ingressclasses",
                                  .namespaced = false,
                                  .absent_by = 403,
                                  .role = Role::rule};
  static IngressClass decode(Meta meta, Fields& object);
  static Shape shape();

  Meta meta;
  std::string controller;  // spec.controller
  auto operator<=>(const IngressClass&) const = default;

  auto matter() const { return std::tuple(meta.identity(), std::tie(meta.annotations, controller)); }
};

inline constexpr std::string_view kClassAnnotation = "kubernetes.io/ingress.class";

}  // namespace palpo::kube
