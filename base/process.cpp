// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <limits>

namespace palpo {

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

namespace {

// The number in a file of one; 0: none, such as "max".
std::uint64_t number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  file >> number;
  return file ? number : 0;
}

std::uint64_t machine_memory(const std::string& root) {
  std::ifstream file(root + "proc/meminfo");
  std::uint64_t kilobytes = 0;
  for (std::string name; file >> name;) {
    if (name == "MemTotal:" && file >> kilobytes) break;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kilobytes * 1024;
}

// Of the group and all above it: each of them holds.
void take_group_limits(const std::string& base, std::string group, const char* file, std::uint64_t& least) {
  for (;;) {
    const auto limit = number_in(base + group + "/" + file);
    if (limit != 0 && (least == 0 || limit < least)) least = limit;
    if (group.empty()) return;
    group.resize(group.rfind('/'));
  }
}

}  // namespace

std::uint64_t memory_limit(const std::string& root) {
  std::uint64_t least = machine_memory(root);
  std::ifstream groups(root + "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "0::/a/b", or "4:memory:/a/b"
    const auto second = line.find(':', line.find(':') + 1);
    if (second == std::string::npos) continue;
    const std::string group = line.substr(second + 1) == "/" ? "" : line.substr(second + 1);
    if (!group.empty() && group.front() != '/') continue;
    if (line.starts_with("0::")) take_group_limits(root + "sys/fs/cgroup", group, "memory.max", least);
    if (line.find(":memory:") != std::string::npos)
      take_group_limits(root + "sys/fs/cgroup/memory", group, "memory.limit_in_bytes", least);
  }
  return least;
}

}  // namespace palpo
