// SPDX-License-Identifier: Apache-2.0
// Each in a process of its own: what these functions do cannot be taken back.
#include "base/process.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

namespace palpo {
namespace {

bool holds_after_core_dumps_are_off() {
  disable_core_dumps();
  rlimit limit{1, 1};
  getrlimit(RLIMIT_CORE, &limit);
  return limit.rlim_cur == 0 && limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0;
}

bool holds_after_the_limit_is_raised() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 64;
  setrlimit(RLIMIT_NOFILE, &limit);
  const auto now = raise_open_file_limit();
  rlimit after{};
  getrlimit(RLIMIT_NOFILE, &after);
  return now == after.rlim_cur && after.rlim_cur == limit.rlim_max && now > 64;
}

bool writes_to_a_closed_pipe() {
  ignore_sigpipe();
  int ends[2];
  if (pipe(ends) != 0) return false;
  close(ends[0]);
  return write(ends[1], "x", 1) == -1 && errno == EPIPE;
}

using Files = std::vector<std::pair<std::string, std::string>>;

// A folder that stands for "/", with the files given.
class Root {
 public:
  explicit Root(const Files& files) {
    char name[] = "/tmp/palpo-process-XXXXXX";
    path = mkdtemp(name);
    for (const auto& [file, text] : files) {
      const auto full = std::filesystem::path(path + file);
      std::filesystem::create_directories(full.parent_path());
      std::ofstream(full) << text;
    }
  }
  ~Root() { std::filesystem::remove_all(path); }
  std::string path;
};

TEST(Process, TheMemoryLimitIsTheSmallestOfTheGroups) {
  const auto machine = memory_limit("/nowhere");
  EXPECT_GT(machine, 1U << 20);
  const std::string two = "0::/pods/one\n";
  EXPECT_EQ(memory_limit(Root(Files{{"/proc/self/cgroup", two}}).path), machine);
  EXPECT_EQ(
      memory_limit(
          Root(Files{{"/proc/self/cgroup", two}, {"/sys/fs/cgroup/pods/one/memory.max", "max\n"}}).path),
      machine);
  EXPECT_EQ(memory_limit(Root(Files{{"/proc/self/cgroup", two},
                                    {"/sys/fs/cgroup/pods/one/memory.max", "2000000\n"},
                                    {"/sys/fs/cgroup/pods/memory.max", "1000000\n"}})
                             .path),
            1000000U);
  // Within a container the group's own file is the root's.
  EXPECT_EQ(
      memory_limit(Root(Files{{"/proc/self/cgroup", two}, {"/sys/fs/cgroup/memory.max", "3000000\n"}}).path),
      3000000U);
  EXPECT_EQ(memory_limit(Root(Files{{"/proc/self/cgroup", "12:cpu,cpuacct:/\n4:memory:/docker/x\n"},
                                    {"/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "4000000\n"}})
                             .path),
            4000000U);
  EXPECT_EQ(memory_limit(Root(Files{{"/proc/self/cgroup", "nonsense\n::\n"}}).path), machine);
}

TEST(ProcessDeathTest, CoreDumpsAreOff) {
  EXPECT_EXIT(std::_Exit(holds_after_core_dumps_are_off() ? 7 : 1), ::testing::ExitedWithCode(7), "");
}

TEST(ProcessDeathTest, TheOpenFileLimitIsRaised) {
  EXPECT_EXIT(std::_Exit(holds_after_the_limit_is_raised() ? 7 : 1), ::testing::ExitedWithCode(7), "");
}

TEST(ProcessDeathTest, AClosedPipeIsAnErrorNotAnEnd) {
  EXPECT_EXIT(std::_Exit(writes_to_a_closed_pipe() ? 7 : 1), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace palpo
