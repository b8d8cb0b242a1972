// SPDX-License-Identifier: Apache-2.0
// The clocks by name, so that nobody measures a duration with the wall clock.
#pragma once
#include <chrono>
#include <string>

namespace palpo {

using Clock = std::chrono::steady_clock;      // durations, deadlines
using WallClock = std::chrono::system_clock;  // what is shown to people, certificate validity

std::string rfc3339(WallClock::time_point when);        // 2026-01-31T12:00:00Z, as metav1.Time
std::string rfc3339_micro(WallClock::time_point when);  // 2026-01-31T12:00:00.123456Z, for logs and Leases

}  // namespace palpo
