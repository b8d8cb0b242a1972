// SPDX-License-Identifier: Apache-2.0
#include "base/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "base/log.h"

namespace palpo {
namespace {

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code failed;
  std::filesystem::directory_iterator entry("/proc/self/fd", failed);
  if (failed) return std::numeric_limits<double>::quiet_NaN();
  const auto count = std::distance(begin(entry), std::filesystem::directory_iterator());
  return static_cast<double>(count - 1);  // without the one that lists them
}

double max_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                         : static_cast<double>(limit.rlim_cur);
}

double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0;
}

double start_time() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // The second field is the program's name in parentheses and may hold anything; the 22nd is the start.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(text.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) rest >> field;
  return boot_time() + std::strtod(field.c_str(), nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

constexpr MetricFamily kCpu{
    .name = "process_cpu_seconds_total",
    .type = MetricType::counter,
    .help = "Total user and system CPU time spent in seconds.",
    .worry = "Its rate stays near the number of processors that the container may use: requests wait."};
constexpr MetricFamily kMemory{
    .name = "process_resident_memory_bytes",
    .type = MetricType::gauge,
    .help = "Resident memory size in bytes.",
    .worry = "It nears the container's limit: the kernel kills the program when it is reached."};
constexpr MetricFamily kOpenFiles{.name = "process_open_fds",
                                  .type = MetricType::gauge,
                                  .help = "Number of open file descriptors.",
                                  .worry = "It nears process_max_fds: connections are closed to make room."};
constexpr MetricFamily kMaxFiles{
    .name = "process_max_fds",
    .type = MetricType::gauge,
    .help = "Maximum number of open file descriptors.",
    .worry = "It is lower than twice the connections that are to be served at a time."};
constexpr MetricFamily kStart{
    .name = "process_start_time_seconds",
    .type = MetricType::gauge,
    .help = "Start time of the process since the Unix epoch in seconds.",
    .worry = "It changes without an upgrade: the program ended and was started again."};
constexpr MetricFamily kBuild{.name = "palpo_ingress_build_info",
                              .type = MetricType::gauge,
                              .labels = {"version"},
                              .help = "Always 1; the label is the version.",
                              .worry = "Several versions outside of an upgrade."};
constexpr MetricFamily kLogLines{
    .name = "palpo_ingress_log_lines_total",
    .type = MetricType::counter,
    .labels = {"level"},
    .help = "Lines logged, by level.",
    .worry = "Levels warning and error grow: read the log, each line names the thing at fault."};
constexpr MetricFamily kLogDropped{
    .name = "palpo_ingress_log_dropped_lines_total",
    .type = MetricType::counter,
    .help = "Log lines dropped because the reader of standard error did not keep up.",
    .worry = "It grows: the collector of the container's log does not keep up, and lines are missing."};

struct Reading {
  const MetricFamily* family;
  double (*read)();
};

constexpr std::array kReadings{
    Reading{&kCpu, cpu_seconds},
    Reading{&kMemory, resident_bytes},
    Reading{&kOpenFiles, open_files},
    Reading{&kMaxFiles, max_files},
    Reading{&kStart, start_time},
    Reading{&kLogDropped, [] { return static_cast<double>(log_counts().dropped); }}};

constexpr std::array kFamilies{&kCpu,   &kMemory, &kOpenFiles, &kMaxFiles,
                               &kStart, &kBuild,  &kLogLines,  &kLogDropped};

std::vector<Sample> log_lines() {
  const auto counts = log_counts();
  std::vector<Sample> samples;
  for (std::size_t level = 0; level < kLogLevels; ++level)
    samples.push_back({{{"level", std::string(to_string(static_cast<LogLevel>(level)))}},
                       static_cast<double>(counts.lines.at(level))});
  return samples;
}

}  // namespace

Families process_families() { return kFamilies; }

void register_process_metrics(Metrics& metrics) {
  for (const auto& [family, read] : kReadings)
    metrics.collected(*family, [value = read] { return std::vector<Sample>{{{}, value()}}; });
  metrics.collected(kLogLines, log_lines);
  metrics.gauge(kBuild, {{"version", PALPO_VERSION}}).set(1);
}

}  // namespace palpo
