// SPDX-License-Identifier: Apache-2.0
// Structured log lines on standard error, as text or JSON. Thread-safe: a line is one write(2).
// Untrusted text is escaped here and nowhere else. Log once, where the thing is handled.
//
//   log_warning("config.refused", "refused resources of an update", {{"count", 3}, {"peer", "pid 12"}});
#pragma once
#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace palpo {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

inline constexpr std::size_t kLogLevels = 4;
std::string_view to_string(LogLevel level);  // as parse_log_level reads it

std::optional<LogLevel> parse_log_level(std::string_view text);    // debug, info, warning, error
std::optional<LogFormat> parse_log_format(std::string_view text);  // text, json

// A key and its value; numbers stay numbers in JSON.
struct LogField {
  std::string_view key;
  std::string value;
  bool quoted = true;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), quoted(false) {}
  template <std::integral T>
  LogField(std::string_view k, T v) : key(k), value(std::to_string(v)), quoted(false) {}
};

// Before the first thread.
void configure_log(LogLevel level, LogFormat format, std::string_view program);
bool log_enabled(LogLevel level);

// event: a stable dotted name to search for; message: a sentence for a person.
void log(LogLevel level, std::string_view event, std::string_view message,
         std::initializer_list<LogField> fields = {});

inline void log_debug(std::string_view event, std::string_view message,
                      std::initializer_list<LogField> fields = {}) {
  if (log_enabled(LogLevel::debug)) log(LogLevel::debug, event, message, fields);
}
inline void log_info(std::string_view event, std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  log(LogLevel::info, event, message, fields);
}
inline void log_warning(std::string_view event, std::string_view message,
                        std::initializer_list<LogField> fields = {}) {
  log(LogLevel::warning, event, message, fields);
}
inline void log_error(std::string_view event, std::string_view message,
                      std::initializer_list<LogField> fields = {}) {
  log(LogLevel::error, event, message, fields);
}

// Lines since the program began. Any thread.
struct LogCounts {
  std::array<std::uint64_t, kLogLevels> lines{};  // by level, those that were lost among them
  std::uint64_t dropped = 0;                      // not, or not wholly, taken by whoever reads standard error
};
LogCounts log_counts();

// One line without its newline, for tests: what log() would write at that wall-clock text.
std::string format_log_line(LogFormat format, std::string_view when, LogLevel level, std::string_view program,
                            std::string_view event, std::string_view message,
                            std::initializer_list<LogField> fields);

}  // namespace palpo
