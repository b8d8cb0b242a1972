// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace palpo {
namespace {

std::string whole_seconds(std::chrono::sys_seconds when) {
  const std::time_t seconds = when.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%04lld-%02d-%02dT%02d:%02d:%02d", parts.tm_year + 1900LL,
                    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

BootClock::time_point BootClock::now() noexcept {
  std::timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

std::string rfc3339(WallClock::time_point when) {
  return whole_seconds(std::chrono::floor<std::chrono::seconds>(when)) + "Z";
}

std::string rfc3339_micro(WallClock::time_point when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const auto micro = std::chrono::floor<std::chrono::microseconds>(when - seconds).count();
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), ".%06lldZ", static_cast<long long>(micro));
  return whole_seconds(seconds).append(text.data(), static_cast<std::size_t>(size));
}

}  // namespace palpo
