// SPDX-License-Identifier: Apache-2.0
// What an authored object's status says. Plain data.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace palpo::kube {

// metav1.Condition.
struct Condition {
  std::string type;
  std::string status;  // "True", "False", "Unknown"
  std::int64_t observed_generation = 0;
  std::string last_transition_time;
  std::string reason;
  std::string message;
  auto operator<=>(const Condition&) const = default;
};

// What is said of an object towards one parent (a Gateway, or one listener of it). An object without parents
// has one entry without a name.
struct ParentStatus {
  std::string parent;
  std::int64_t observed_generation = 0;
  std::vector<Condition> conditions;
  auto operator<=>(const ParentStatus&) const = default;
};

// One entry of status.loadBalancer.ingress.
struct LoadBalancerAddress {
  std::string ip;
  std::string hostname;
  auto operator<=>(const LoadBalancerAddress&) const = default;
};

struct Status {
  std::vector<LoadBalancerAddress> addresses;
  std::vector<ParentStatus> parents;
  auto operator<=>(const Status&) const = default;

  // Empty when nothing is said towards it.
  const ParentStatus& of(const std::string& parent = {}) const {
    static const ParentStatus kNothing;
    for (const auto& known : parents)
      if (known.parent == parent) return known;
    return kNothing;
  }
};

}  // namespace palpo::kube
