// SPDX-License-Identifier: Apache-2.0
// A directory of manifests as a Source: --source=dir:PATH. YAML (several documents a file) and JSON, any
// nesting of folders, List kinds. Follows changes by inotify: atomic renames, symlink swaps as Kubernetes
// volumes do, editors' temporary files. Unknown fields and duplicate keys are errors that name file, line and
// object; a broken file keeps its last good objects, and so does one that cannot be reached or is being
// written. One thread of its own.
#pragma once
#include <memory>
#include <string>

#include "base/result.h"
#include "controller/kube/source.h"

namespace palpo::files {

Result<std::unique_ptr<kube::Source>> make_directory_source(const std::string& path);

}  // namespace palpo::files
