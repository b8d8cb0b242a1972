// SPDX-License-Identifier: Apache-2.0
// The clocks by name, so that nobody measures a duration with the wall clock.
#pragma once
#include <chrono>
#include <string>

namespace palpo {

using Clock = std::chrono::steady_clock;      // durations, deadlines
using WallClock = std::chrono::system_clock;  // what is shown to people, certificate validity

// Steady, and it goes on while the machine sleeps: for a time that others count as well, as a Lease's.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;  // async-signal-safe
};

std::string rfc3339(WallClock::time_point when);        // 2026-01-31T12:00:00Z, as metav1.Time
std::string rfc3339_micro(WallClock::time_point when);  // 2026-01-31T12:00:00.123456Z, for logs and Leases

}  // namespace palpo
