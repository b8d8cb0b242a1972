// SPDX-License-Identifier: Apache-2.0
// How the values of options are read, in one notation for both programs. Each function gives a parser for
// Flag::parse that writes to its target; errors name the value and what would be right. Pure, any thread.
#pragma once
#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace palpo {

using ParseOption = std::function<Result<void>(std::string_view)>;

// "\"x\" is not a port (1 to 65535)"
Error not_a(std::string_view value, std::string_view what);

ParseOption into_text(std::string& target);  // not empty

enum class ListenHost { any, ip_literal };
// ADDRESS:PORT, the address may be empty.
ParseOption into_address(std::string& target, ListenHost host = ListenHost::any);

// 30s, 500ms, 5m (duration.h); at least `least`.
ParseOption into_duration(std::chrono::milliseconds& target, std::chrono::milliseconds least = {});

template <class Number>
ParseOption into_number(Number& target, Number least, Number most, std::string what) {
  return [&target, least, most, what = std::move(what)](std::string_view value) -> Result<void> {
    Number number{};
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (failed != std::errc() || end != value.data() + value.size() || number < least || number > most)
      return not_a(value, what);
    target = number;
    return {};
  };
}

inline ParseOption into_port(std::uint16_t& target) {
  return into_number<std::uint16_t>(target, 1, 65535, "a port (1 to 65535)");
}

// parse: nullopt for what it does not know.
template <class Target, class Value>
ParseOption into_choice(Target& target, std::optional<Value> (*parse)(std::string_view), std::string what) {
  return [&target, parse, what = std::move(what)](std::string_view value) -> Result<void> {
    const auto parsed = parse(value);
    if (!parsed) return not_a(value, what);
    target = *parsed;
    return {};
  };
}

std::optional<bool> parse_on_off(std::string_view text);

}  // namespace palpo
