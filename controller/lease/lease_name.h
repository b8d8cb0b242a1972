// SPDX-License-Identifier: Apache-2.0
// What an election is called where nobody has named it. Pure but for identity_of_host().
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace palpo::lease {

// What a controller looks after. Two that differ in it never share a Lease.
struct Domain {
  std::string_view controller_name;
  std::string_view class_name;
  std::vector<std::string> namespaces;  // empty: all
  std::string_view label_selector;
};

// "palpo-ingress-CLASS", with a digest behind it unless everything but the class is the default.
std::string lease_name(const Domain& domain, std::string_view default_controller_name);

// The host's name, and a random part: a process that is started anew is another one, whose predecessor may
// still be ending.
std::string identity_of_host();

}  // namespace palpo::lease
