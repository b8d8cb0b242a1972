// SPDX-License-Identifier: Apache-2.0
#include "controller/status/ingress_address.h"

#include <gtest/gtest.h>

namespace palpo::status {
namespace {

using Addresses = std::vector<kube::LoadBalancerAddress>;

TEST(IngressAddress, AnAddressIsAnIpAndANameIsAHostname) {
  EXPECT_EQ(fixed_addresses({"b.example.com", "192.0.2.1", "2001:db8::1", "192.0.2.1"}),
            (Addresses{{"", "b.example.com"}, {"192.0.2.1", ""}, {"2001:db8::1", ""}}));
}

TEST(IngressAddress, AServiceTellsItsOutermostAddress) {
  kube::Service service;
  service.cluster_ip = "10.96.0.9";
  EXPECT_EQ(service_addresses(service), (Addresses{{"10.96.0.9", ""}}));
  service.type = "LoadBalancer";
  EXPECT_EQ(service_addresses(service), Addresses{}) << "its address is still to come";
  service.load_balancer = {{"203.0.113.7", ""}};
  service.external_ips = {"198.51.100.1"};
  EXPECT_EQ(service_addresses(service), (Addresses{{"198.51.100.1", ""}, {"203.0.113.7", ""}}));
  service.type = "ExternalName";
  service.external_name = "lb.example.com";
  EXPECT_EQ(service_addresses(service), (Addresses{{"", "lb.example.com"}}));
}

TEST(IngressAddress, AHeadlessServiceHasNone) {
  kube::Service service;
  service.cluster_ip = "None";
  EXPECT_EQ(service_addresses(service), Addresses{});
}

}  // namespace
}  // namespace palpo::status
