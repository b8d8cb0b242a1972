// SPDX-License-Identifier: Apache-2.0
#include "controller/status/ingress_address.h"

#include <algorithm>

#include "base/net_address.h"

namespace palpo::status {
namespace {

kube::LoadBalancerAddress address_of(const std::string& text) {
  if (is_ip_literal(text)) return {.ip = text, .hostname = {}};
  return {.ip = {}, .hostname = text};
}

std::vector<kube::LoadBalancerAddress> sorted(std::vector<kube::LoadBalancerAddress> addresses) {
  std::ranges::sort(addresses);
  const auto same = std::ranges::unique(addresses);
  addresses.erase(same.begin(), same.end());
  return addresses;
}

}  // namespace

std::vector<kube::LoadBalancerAddress> fixed_addresses(const std::vector<std::string>& texts) {
  std::vector<kube::LoadBalancerAddress> addresses;
  for (const auto& text : texts) addresses.push_back(address_of(text));
  return sorted(std::move(addresses));
}

std::vector<kube::LoadBalancerAddress> service_addresses(const kube::Service& service) {
  if (service.type == "ExternalName" && !service.external_name.empty())
    return {address_of(service.external_name)};
  std::vector<kube::LoadBalancerAddress> addresses = service.load_balancer;
  for (const auto& ip : service.external_ips) addresses.push_back(address_of(ip));
  // A LoadBalancer Service without an address is still waiting for one: its cluster IP would mislead.
  const bool has_cluster_ip = !service.cluster_ip.empty() && service.cluster_ip != "None";
  if (addresses.empty() && service.type != "LoadBalancer" && has_cluster_ip)
    addresses.push_back(address_of(service.cluster_ip));
  return sorted(std::move(addresses));
}

}  // namespace palpo::status
