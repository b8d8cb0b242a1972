// SPDX-License-Identifier: Apache-2.0
// Values of options that name Kubernetes objects. Pure, any thread.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "controller/kube/meta.h"

namespace palpo::app {

// NAMESPACE/NAME
Result<kube::ObjectKey> parse_key(std::string_view value);
bool is_namespace_name(std::string_view value);
// As status.loadBalancer takes it: the API server refuses anything else.
bool is_published_address(std::string_view value);

}  // namespace palpo::app
