// SPDX-License-Identifier: Apache-2.0
// The documents at /.well-known/matrix/: computed keys merged with an author's own. Computed keys win, and
// the author is told. Pure; the JSON library stays in the .cpp.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "controller/translate/report.h"
#include "dataplane/api/model.h"

namespace palpo::translate {

inline constexpr std::string_view kWellKnownServer = "/.well-known/matrix/server";
inline constexpr std::string_view kWellKnownClient = "/.well-known/matrix/client";
inline constexpr std::string_view kWellKnownSupport = "/.well-known/matrix/support";
inline constexpr std::string_view kWellKnownPolicyServer = "/.well-known/matrix/policy_server";
inline constexpr std::size_t kWellKnownLimit = 50 * 1024;  // peers read no more

// extra: canonical JSON object of the author's keys; empty: none. address: "matrix.example.com:443".
api::FixedAnswer well_known_server(const std::string& address, const std::string& extra,
                                   std::vector<Finding>& findings);
// base_url: "https://matrix.example.com".
api::FixedAnswer well_known_client(const std::string& base_url, const std::string& extra,
                                   std::vector<Finding>& findings);
// A document that is wholly its author's: a JSON object. nullopt: it cannot be served, and why is told.
std::optional<api::FixedAnswer> well_known_document(const std::string& field, const std::string& text,
                                                    std::vector<Finding>& findings);

}  // namespace palpo::translate
