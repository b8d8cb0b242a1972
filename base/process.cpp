// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <optional>

namespace palpo {
namespace {

// "max" and what cannot be read: none.
std::optional<std::size_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::size_t number = 0;
  if (!(file >> text)) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The smallest of a group's limit and those of the groups around it. In a container the path may be that of
// the machine, while only the root of the hierarchy is there.
void lower_by_group(const std::string& hierarchy, std::string group, const char* file, std::size_t& limit) {
  while (true) {
    if (const auto own = number_in(hierarchy + group + "/" + file)) limit = std::min(limit, *own);
    if (group.empty() || group == "/") return;
    group.resize(group.rfind('/'));
  }
}

}  // namespace

void ignore_sigpipe() { std::signal(SIGPIPE, SIG_IGN); }

void disable_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

std::size_t raise_open_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  return limit.rlim_cur;
}

std::size_t memory_limit(const std::string& root) {
  std::size_t limit =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::ifstream groups(root + "/proc/self/cgroup");  // lines of "id:controllers:path"
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const auto path = line.substr(second + 1);
    if (controllers == ",,") {
      lower_by_group(root + "/sys/fs/cgroup", path, "memory.max", limit);
    } else if (controllers.find(",memory,") != std::string::npos) {
      lower_by_group(root + "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes", limit);
    }
  }
  return limit;
}

}  // namespace palpo
