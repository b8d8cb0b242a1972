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

struct Family {
  const char* name;
  const char* help;
  SampleType type;
  double (*read)();
};

constexpr std::array kFamilies{
    Family{"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
           SampleType::counter, cpu_seconds},
    Family{"process_resident_memory_bytes", "Resident memory size in bytes.", SampleType::gauge,
           resident_bytes},
    Family{"process_open_fds", "Number of open file descriptors.", SampleType::gauge, open_files},
    Family{"process_max_fds", "Maximum number of open file descriptors.", SampleType::gauge, max_files},
    Family{"process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.",
           SampleType::gauge, start_time},
};

}  // namespace

void register_process_metrics(Metrics& metrics) {
  for (const auto& family : kFamilies) {
    metrics.collected(family.name, family.help, family.type, [read = family.read] {
      return std::vector<Sample>{{{}, read()}};
    });
  }
  metrics
      .gauge("palpo_ingress_build_info", "Always 1; its label tells the version.",
             {{"version", PALPO_VERSION}})
      .set(1);
}

}  // namespace palpo
