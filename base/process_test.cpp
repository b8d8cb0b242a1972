// SPDX-License-Identifier: Apache-2.0
// Each in a process of its own: what these functions do cannot be taken back.
#include "base/process.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

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

}  // namespace
}  // namespace palpo
