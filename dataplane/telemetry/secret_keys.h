// SPDX-License-Identifier: Apache-2.0
// Which keys of a query carry secrets: the one table of them. Pure, any thread.
#pragma once
#include <string_view>

namespace palpo::telemetry {

// key: as it stands in the query. It is compared as a server reads it, percent-decoded once, and whatever its
// case, hyphens and underscores are: "access%5Ftoken", "loginToken".
bool is_secret_key(std::string_view key);

}  // namespace palpo::telemetry
