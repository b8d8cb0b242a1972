// SPDX-License-Identifier: Apache-2.0
// How the values of the controller's options are read. Pure, any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "controller/kube/meta.h"

namespace palpo::app {

using Parse = std::function<Result<void>(std::string_view)>;

Parse into_text(std::string& target);  // not empty
Parse into_address(std::string& target);
Parse into_port(std::uint16_t& target);
Parse into_seconds(std::chrono::seconds& target);
Parse into_duration(std::chrono::milliseconds& target);          // more than zero
Parse into_duration_or_none(std::chrono::milliseconds& target);  // 0s as well

// NAMESPACE/NAME
Result<kube::ObjectKey> parse_key(std::string_view value);
bool is_namespace_name(std::string_view value);
// As status.loadBalancer takes it: the API server refuses anything else.
bool is_published_address(std::string_view value);

}  // namespace palpo::app
