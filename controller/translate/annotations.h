// SPDX-License-Identifier: Apache-2.0
// What an object's annotations ask for: our own are read, those of other controllers are named where they
// would be missed. Pure, any thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/translate/report.h"
#include "dataplane/api/model.h"

namespace palpo::translate {

// Ours: on which listeners an Ingress's paths are served, "https,federation". Without it on http and https,
// or on https alone where the host has TLS.
inline constexpr std::string_view kListenersAnnotation = "palpo.im/listeners";

struct Asked {
  std::optional<api::ListenerSet> listeners;
  bool regex = false;       // paths are meant as regular expressions
  bool restricted = false;  // somebody is to be kept out, in a way that cannot be kept: nothing may be served
  std::vector<Finding> findings;
};

Asked read_annotations(const std::map<std::string, std::string>& annotations, bool has_tls);

// Has the path characters that only a regular expression would have?
bool looks_like_regex(std::string_view path);
// The whole elements that every path meant by such an expression begins with: "/admin" of "/admin(/|$)(.*)".
std::string_view literal_part(std::string_view regex);

}  // namespace palpo::translate
