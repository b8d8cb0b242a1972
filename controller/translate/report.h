// SPDX-License-Identifier: Apache-2.0
// What translation has to say to an object's author. Becomes conditions and Events; never an Error. Plain
// data.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "controller/kube/kinds.h"
#include "dataplane/api/model.h"

namespace palpo::translate {

enum class Severity { info, warning };  // warning: part of what the author asked for is not served

enum class Concern { spec, certificate, backend };  // the part of an object that a finding is about

// reason: CamelCase, stable ("SecretNotFound"); message: one sentence that names the thing at fault.
struct Finding {
  Severity severity = Severity::warning;
  std::string reason;
  std::string message;
  Concern concern = Concern::spec;
  auto operator<=>(const Finding&) const = default;
};

Finding warning(Concern concern, std::string reason, std::string message);
Finding note(Concern concern, std::string reason, std::string message);
// About the specification.
Finding warning(std::string reason, std::string message);
Finding note(std::string reason, std::string message);

struct Report {
  kube::Kind kind = kube::Kind::ingress;  // an authored one
  kube::ObjectKey key;
  std::string uid;  // an object created anew under the same name is another one
  std::int64_t generation = 0;
  bool ours = true;               // false: of another class; what we once wrote into it is to be taken back
  std::vector<Finding> findings;  // empty: everything is served
  std::set<api::ResourceId> resources;  // what it became: a refusal of one of these is told to this object
  bool certificates_ready = true;       // every host it names has a usable certificate
  bool backends_ready = true;           // every Service it names has an endpoint
  bool backend_wanted = true;           // false: it is served elsewhere
  bool accepted = true;                 // its spec is valid and nothing of it is taken by another object
  bool operator==(const Report&) const = default;
};

}  // namespace palpo::translate
