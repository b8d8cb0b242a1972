// SPDX-License-Identifier: Apache-2.0
#include "base/duration.h"

#include <charconv>

namespace palpo {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::uint32_t kLongest = 86'400'000;
  std::uint32_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, number);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  const std::uint32_t scale = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : 0;
  if (failed != std::errc() || scale == 0 || number > kLongest / scale) return std::nullopt;
  return std::chrono::milliseconds(std::uint64_t{number} * scale);
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  if (count > 0 && count % 60'000 == 0) return std::to_string(count / 60'000) + "m";
  if (count % 1000 == 0) return std::to_string(count / 1000) + "s";
  return std::to_string(count) + "ms";
}

}  // namespace palpo
