// SPDX-License-Identifier: Apache-2.0
// The addresses that status.loadBalancer of Ingresses carries: fixed ones (--publish-address) or those of a
// Service
// (--publish-service). Pure, any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "controller/kube/ingress.h"
#include "controller/kube/service.h"

namespace palpo::status {

// An IP literal goes into `ip`, a name into `hostname`. Sorted, distinct.
std::vector<kube::LoadBalancerAddress> fixed_addresses(const std::vector<std::string>& texts);

// status.loadBalancer of a LoadBalancer Service, else its externalIPs, ExternalName, or clusterIP.
std::vector<kube::LoadBalancerAddress> service_addresses(const kube::Service& service);

}  // namespace palpo::status
