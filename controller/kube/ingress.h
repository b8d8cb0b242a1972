// SPDX-License-Identifier: Apache-2.0
// networking.k8s.io/v1 Ingress and IngressClass, as far as they are read. Plain data; empty text: field
// absent.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/kube/meta.h"

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

// One entry of status.loadBalancer.ingress.
struct LoadBalancerAddress {
  std::string ip;
  std::string hostname;
  auto operator<=>(const LoadBalancerAddress&) const = default;
};

struct Ingress {
  Meta meta;
  std::optional<std::string> class_name;  // spec.ingressClassName
  std::optional<IngressBackend> default_backend;
  std::vector<IngressTls> tls;
  std::vector<IngressRule> rules;
  std::vector<LoadBalancerAddress> status;
  auto operator<=>(const Ingress&) const = default;
};

struct IngressClass {
  Meta meta;
  std::string controller;  // spec.controller
  auto operator<=>(const IngressClass&) const = default;
};

inline constexpr std::string_view kClassAnnotation = "kubernetes.io/ingress.class";

}  // namespace palpo::kube
