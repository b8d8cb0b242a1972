// SPDX-License-Identifier: Apache-2.0
#include "dataplane/routing/path_table.h"

#include <algorithm>

namespace palpo::routing {

void PathTable::add(api::PathType type, std::string path, std::uint32_t route) {
  if (type == api::PathType::exact) {
    exact_.push_back({std::move(path), route});
    return;
  }
  const bool trailing_slash = path.ends_with('/');
  if (trailing_slash) path.pop_back();
  prefix_.push_back({std::move(path), trailing_slash, route});
}

void PathTable::seal() {
  std::sort(exact_.begin(), exact_.end(), [](const Exact& a, const Exact& b) { return a.path < b.path; });
  // "/a" and "/a/" match the same requests; the longer text wins, so it goes first and the other one goes.
  std::sort(prefix_.begin(), prefix_.end(), [](const Prefix& a, const Prefix& b) {
    if (a.path.size() != b.path.size()) return a.path.size() > b.path.size();
    if (a.path != b.path) return a.path < b.path;
    return a.trailing_slash && !b.trailing_slash;
  });
  prefix_.erase(std::unique(prefix_.begin(), prefix_.end(),
                            [](const Prefix& a, const Prefix& b) { return a.path == b.path; }),
                prefix_.end());
  lengths_.clear();
  for (std::size_t i = 0; i < prefix_.size(); ++i) {
    if (lengths_.empty() || lengths_.back().length != prefix_[i].path.size()) {
      lengths_.push_back({prefix_[i].path.size(), i, i});
    }
    lengths_.back().end = i + 1;
  }
}

std::uint32_t PathTable::match(std::string_view path) const {
  if (!path.starts_with('/')) return kNone;
  // An exact path is the whole request: no prefix that matches has more elements, and at equal length exact
  // wins.
  const auto exact =
      std::lower_bound(exact_.begin(), exact_.end(), path,
                       [](const Exact& entry, std::string_view text) { return entry.path < text; });
  if (exact != exact_.end() && exact->path == path) return exact->route;
  for (const Length& group : lengths_) {
    if (group.length > path.size()) continue;
    if (group.length < path.size() && path[group.length] != '/') continue;
    const std::string_view head = path.substr(0, group.length);
    const auto first = prefix_.begin() + static_cast<std::ptrdiff_t>(group.begin);
    const auto last = prefix_.begin() + static_cast<std::ptrdiff_t>(group.end);
    const auto found = std::lower_bound(
        first, last, head, [](const Prefix& entry, std::string_view text) { return entry.path < text; });
    if (found != last && found->path == head) return found->route;
  }
  return kNone;
}

}  // namespace palpo::routing
