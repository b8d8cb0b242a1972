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
#include <string>

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

TEST(ProcessDeathTest, CoreDumpsAreOff) {
  EXPECT_EXIT(std::_Exit(holds_after_core_dumps_are_off() ? 7 : 1), ::testing::ExitedWithCode(7), "");
}

TEST(ProcessDeathTest, TheOpenFileLimitIsRaised) {
  EXPECT_EXIT(std::_Exit(holds_after_the_limit_is_raised() ? 7 : 1), ::testing::ExitedWithCode(7), "");
}

TEST(ProcessDeathTest, AClosedPipeIsAnErrorNotAnEnd) {
  EXPECT_EXIT(std::_Exit(writes_to_a_closed_pipe() ? 7 : 1), ::testing::ExitedWithCode(7), "");
}

// A copy of the layout, with the files given.
class MemoryLimit : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = (std::filesystem::temp_directory_path() / "palpo-XXXXXX").string();
    root_ = std::string(::mkdtemp(form.data())) + "/";
    write("proc/meminfo", "MemFree: 1 kB\nMemTotal:       8192 kB\nMemAvailable: 3 kB\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  std::string root_;
};

TEST_F(MemoryLimit, IsTheMachinesWithoutAGroup) {
  EXPECT_EQ(memory_limit(root_), 8192U * 1024);
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(memory_limit(root_), 8192U * 1024);
  EXPECT_GT(memory_limit("/"), 0U);
}

TEST_F(MemoryLimit, IsThatOfAGroupOrOneAboveIt) {
  write("proc/self/cgroup", "0::/pod/app\n");
  write("sys/fs/cgroup/pod/app/memory.max", "5000000\n");
  EXPECT_EQ(memory_limit(root_), 5'000'000U);
  write("sys/fs/cgroup/pod/memory.max", "4000000\n");
  EXPECT_EQ(memory_limit(root_), 4'000'000U);
}

TEST_F(MemoryLimit, OfTheFirstVersionToo) {
  write("proc/self/cgroup", "5:cpu:/x\n4:memory:/pod\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(memory_limit(root_), 8192U * 1024);
  write("sys/fs/cgroup/memory/pod/memory.limit_in_bytes", "3000000\n");
  EXPECT_EQ(memory_limit(root_), 3'000'000U);
}

TEST_F(MemoryLimit, IsUnknownWhereNothingSaysIt) { EXPECT_EQ(memory_limit(root_ + "nowhere/"), 0U); }

}  // namespace
}  // namespace palpo
