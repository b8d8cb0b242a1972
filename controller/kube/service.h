// SPDX-License-Identifier: Apache-2.0
// core/v1 Service and discovery.k8s.io/v1 EndpointSlice, as far as they are read. Plain data.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/kube/ingress.h"
#include "controller/kube/meta.h"

namespace palpo::kube {

struct ServicePort {
  std::string name;
  std::int32_t port = 0;
  std::string protocol = "TCP";
  std::optional<PortRef> target_port{};  // where the pods listen; none: at `port`
  auto operator<=>(const ServicePort&) const = default;
};

struct Service {
  static constexpr KindInfo kInfo{
      .name = "Service", .api_version = "v1", .path = "/api/v1/services", .role = Role::referenced};
  static Service decode(Meta meta, Fields& object);
  static Shape shape();

  Meta meta;
  std::string type = "ClusterIP";
  std::string external_name;  // type ExternalName: a DNS name or an address
  std::string cluster_ip;     // "None": headless
  bool has_selector = false;  // Kubernetes writes its EndpointSlices; without one somebody else has to
  std::vector<std::string> external_ips;
  std::vector<ServicePort> ports;
  std::vector<LoadBalancerAddress> load_balancer;  // status.loadBalancer.ingress
  auto operator<=>(const Service&) const = default;

  // Its status carries the addresses that --publish-service follows.
  auto matter() const {
    return std::tuple(meta.identity(), std::tie(type, external_name, cluster_ip, external_ips, ports,
                                                has_selector, load_balancer));
  }
};

struct SliceEndpoint {
  std::vector<std::string> addresses;
  bool ready = true;         // nil is ready
  bool serving = true;       // nil is what ready says
  bool terminating = false;  // nil is not terminating
  auto operator<=>(const SliceEndpoint&) const = default;
};

struct SlicePort {
  std::string name;
  std::int32_t port = 0;  // 0: nil, all ports (not usable)
  std::string protocol = "TCP";
  auto operator<=>(const SlicePort&) const = default;
};

struct EndpointSlice {
  static constexpr KindInfo kInfo{.name = "EndpointSlice",
                                  .api_version = "discovery.k8s.io/v1",
                                  .path = "/apis/discovery.k8s.io/v1/endpointslices",
                                  .role = Role::part};
  static EndpointSlice decode(Meta meta, Fields& object);
  static Shape shape();

  Meta meta;
  std::string service;       // label kubernetes.io/service-name; empty: nobody's
  std::string address_type;  // IPv4, IPv6, FQDN
  std::vector<SliceEndpoint> endpoints;
  std::vector<SlicePort> ports;
  auto operator<=>(const EndpointSlice&) const = default;

  auto matter() const { return std::tie(meta.key, service, address_type, endpoints, ports); }
};

}  // namespace palpo::kube
