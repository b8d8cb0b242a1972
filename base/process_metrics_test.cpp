// SPDX-License-Identifier: Apache-2.0
#include "base/process_metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <vector>

namespace palpo {
namespace {

double value_of(const Metrics& metrics, const std::string& name) {
  const auto text = metrics.expose();
  const auto at = text.find("\n" + name + " ");
  EXPECT_NE(at, std::string::npos) << name;
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

TEST(ProcessMetrics, ArePlausible) {
  Metrics metrics;
  register_process_metrics(metrics);
  const double now = static_cast<double>(time(nullptr));
  EXPECT_GT(value_of(metrics, "process_cpu_seconds_total"), 0);
  EXPECT_GT(value_of(metrics, "process_resident_memory_bytes"), 1e6);
  EXPECT_EQ(value_of(metrics, "process_max_fds"), static_cast<double>(sysconf(_SC_OPEN_MAX)));
  EXPECT_LE(value_of(metrics, "process_start_time_seconds"), now + 2);
  EXPECT_GT(value_of(metrics, "process_start_time_seconds"), now - 3600);
  EXPECT_NE(metrics.expose().find("palpo_ingress_build_info{version=\"" PALPO_VERSION "\"} 1\n"),
            std::string::npos);
}

TEST(ProcessMetrics, CountsOpenFiles) {
  Metrics metrics;
  register_process_metrics(metrics);
  const double before = value_of(metrics, "process_open_fds");
  std::vector<int> files;
  for (int i = 0; i < 5; ++i) files.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(value_of(metrics, "process_open_fds"), before + 5);
  for (const int file : files) close(file);
  EXPECT_EQ(value_of(metrics, "process_open_fds"), before);
  EXPECT_GE(before, 3);
}

}  // namespace
}  // namespace palpo
