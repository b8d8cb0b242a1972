// SPDX-License-Identifier: Apache-2.0
// `apply-crds FOLDER`: brings the CustomResourceDefinitions of a folder's *.json to the API server. The chart
// runs it where a definition is in the cluster that Helm refuses to install over. Blocks, on the calling
// thread.
#pragma once
#include <iosfwd>
#include <string>

namespace palpo::commands {

// kubeconfig: as of --kubeconfig. The exit code: 0 all are there as the files say, 1 the API server refused
// one or cannot be reached, 2 the folder holds none, or something else.
int apply_crds(const std::string& folder, const std::string& kubeconfig, std::ostream& out,
               std::ostream& err);

}  // namespace palpo::commands
