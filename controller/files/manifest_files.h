// SPDX-License-Identifier: Apache-2.0
// Which files of a folder are manifests: .yaml, .yml and .json in it and in every folder below, links
// followed; not hidden ones, not what editors leave behind. Any thread.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace palpo::files {

bool is_manifest_name(std::string_view name);

struct ManifestFiles {
  std::set<std::string> folders;  // that could be listed; the root among them
  std::set<std::string> files;
  std::map<std::string, std::string>
      skipped;  // folders that were not (wholly) listed, and why; the first of many
};

// Every folder is announced before it is listed, so that a watch set up there misses nothing.
ManifestFiles find_manifests(const std::string& root,
                             const std::function<void(const std::string& folder)>& announce = {});

}  // namespace palpo::files
