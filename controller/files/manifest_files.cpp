// SPDX-License-Identifier: Apache-2.0
#include "controller/files/manifest_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace palpo::files {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxFolders = 10'000;  // links can make more paths than there are folders
constexpr std::size_t kMaxSkipped = 100;

class Walk {
 public:
  explicit Walk(const std::function<void(const std::string&)>& announce) : announce_(announce) {}

  void enter(const std::string& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
    const std::pair identity(status.st_dev, status.st_ino);
    if (above_.contains(identity)) return;  // a link to a folder above
    if (above_.size() >= kMaxDepth)
      return skip(folder, "is not read: it lies more than " + std::to_string(kMaxDepth) + " folders deep");
    if (found_.folders.size() >= kMaxFolders)
      return skip(folder, "is not read: there are more than " + std::to_string(kMaxFolders) + " folders");
    above_.insert(identity);
    if (announce_) announce_(folder);
    list(folder);
    above_.erase(identity);
  }
  ManifestFiles take() { return std::move(found_); }

 private:
  void list(const std::string& folder) {
    std::error_code failed;
    fs::directory_iterator entry(folder, failed);
    if (!failed) found_.folders.insert(folder);
    for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
      const auto name = entry->path().filename().string();
      auto path = folder;
      (path += '/') += name;
      std::error_code ignored;
      if (name.starts_with('.')) continue;
      if (entry->is_directory(ignored))
        enter(path);
      else if (is_manifest_name(name) && entry->is_regular_file(ignored))
        found_.files.insert(path);
    }
    if (failed && failed != std::errc::no_such_file_or_directory)
      skip(folder, "cannot be listed: " + failed.message());
  }
  void skip(const std::string& folder, std::string reason) {
    if (found_.skipped.size() < kMaxSkipped) found_.skipped.emplace(folder, std::move(reason));
  }

  const std::function<void(const std::string&)>& announce_;
  std::set<std::pair<dev_t, ino_t>> above_;
  ManifestFiles found_;
};

}  // namespace

bool is_manifest_name(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.front() == '#') return false;
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

ManifestFiles find_manifests(const std::string& root,
                             const std::function<void(const std::string&)>& announce) {
  Walk walk(announce);
  walk.enter(root);
  return walk.take();
}

}  // namespace palpo::files
