// SPDX-License-Identifier: Apache-2.0
// The text form of a length of time in options: 500ms, 30s, 5m. Pure, any thread.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace palpo {

// nullopt: not a whole number with a unit, or more than a day.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
inline constexpr std::string_view kDurationWords = "a duration of at most a day like 500ms, 30s or 5m";

std::string duration_text(std::chrono::milliseconds duration);  // with the largest unit that fits

}  // namespace palpo
