// SPDX-License-Identifier: Apache-2.0
// One manifest file to objects. Pure but for reading the text it is given; owner of yaml-cpp here. Any
// thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "controller/kube/kinds.h"
#include "controller/kube/source.h"

namespace palpo::files {

struct ManifestObject {
  kube::Object object;
  std::string where;  // "hs.yaml:12"
  Digest content;     // of what the file says of it: equal content, nothing to tell
};

struct Manifest {
  std::vector<ManifestObject> objects;
  std::vector<kube::SourceFault> faults;  // where = "hs.yaml:12: PalpoHomeserver default/hs"
  std::vector<std::string> ignored;       // "hs.yaml:30: ConfigMap default/x": kinds that are not read
  bool complete() const { return faults.empty(); }
};

// name: how the file is called in messages. Objects of namespaced kinds without a namespace are in "default".
Manifest read_manifest(std::string_view name, std::string_view text);

}  // namespace palpo::files
