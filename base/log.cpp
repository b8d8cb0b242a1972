// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <mutex>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/printable.h"

namespace palpo {
namespace {

constexpr std::size_t kMaxValue = 4096;
constexpr std::string_view kCut = "\xE2\x80\xA6";  // an ellipsis
constexpr int kMaxWaitMs = 100;

struct Settings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  std::string program;
};
Settings& settings() {
  static Settings instance;
  return instance;
}

struct Counted {
  std::array<std::atomic<std::uint64_t>, kLogLevels> lines{};
  std::atomic<std::uint64_t> dropped{0};
};
Counted& counted() {
  static Counted instance;
  return instance;
}

struct LevelName {
  LogLevel level;
  std::string_view name;
  std::string_view column;
};
constexpr std::array kLevels{
    LevelName{LogLevel::debug, "debug", "DEBUG"}, LevelName{LogLevel::info, "info", "INFO "},
    LevelName{LogLevel::warning, "warning", "WARN "}, LevelName{LogLevel::error, "error", "ERROR"}};

const LevelName& name_of(LogLevel level) { return kLevels.at(static_cast<std::size_t>(level)); }

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  while (!value.empty()) {
    const auto step = utf8_step(value);
    const auto c = step.character;
    if (!step.valid || is_unprintable(c) || c == ' ' || c == 0xA0 || c == '"' || c == '\\' || c == '=')
      return true;
    value.remove_prefix(step.size);
  }
  return false;
}

void append_text_value(std::string& out, std::string_view value) {
  const auto kept = utf8_prefix(value, kMaxValue);
  const bool cut = kept.size() < value.size();
  if (!needs_quotes(kept)) {
    out += kept;
    if (cut) out += kCut;
    return;
  }
  out += '"';
  out += escaped(kept);
  if (cut) out += kCut;
  out += '"';
}

// Sentences are ours and read better without escaped quotes; what could move a terminal's cursor still must
// not pass.
void append_sentence(std::string& out, std::string_view text) {
  const auto kept = utf8_prefix(text, kMaxValue);
  const bool clean = [&] {
    for (std::string_view rest = kept; !rest.empty();) {
      const auto step = utf8_step(rest);
      if (!step.valid || is_unprintable(step.character)) return false;
      rest.remove_prefix(step.size);
    }
    return true;
  }();
  out += clean ? std::string(kept) : escaped(kept);
  if (kept.size() < text.size()) out += kCut;
}

void append_value(std::string& out, std::string_view value) {
  const auto kept = utf8_prefix(value, kMaxValue);
  append_json_string(out, kept, JsonCharacters::printable);
  if (kept.size() < value.size()) out.insert(out.size() - 1, kCut);
}

void append_json_member(std::string& out, std::string_view key, std::string_view value) {
  append_value(out, key);
  out += ':';
  append_value(out, value);
  out += ',';
}

std::string json_line(std::string_view when, LogLevel level, std::string_view program, std::string_view event,
                      std::string_view message, std::initializer_list<LogField> fields) {
  std::string out = "{";
  append_json_member(out, "time", when);
  append_json_member(out, "level", name_of(level).name);
  append_json_member(out, "program", program);
  append_json_member(out, "event", event);
  append_json_member(out, "message", message);
  for (const auto& field : fields) {
    if (field.quoted) {
      append_json_member(out, field.key, field.value);
    } else {
      append_value(out, field.key);
      (out += ':') += field.value;
      out += ',';
    }
  }
  out.back() = '}';
  return out;
}

std::string text_line(std::string_view when, LogLevel level, std::string_view event, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string out(when);
  (out += ' ') += name_of(level).column;
  append_sentence(out += ' ', event);
  append_sentence(out += ' ', message);
  if (fields.size() > 0) out += ' ';
  for (const auto& field : fields) {
    append_sentence(out += ' ', field.key);
    append_text_value(out += '=', field.value);
  }
  return out;
}

// A reader that does not keep up may cost us the rest of a line, never the process: a pipe that polls
// writable takes PIPE_BUF bytes without blocking, so that its flags, which others share, stay as they are.
bool write_whole(std::string_view text) {
  static bool stalled = false;  // the last line waited in vain: the next ones do not wait
  while (!text.empty()) {
    pollfd waiting{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&waiting, 1, stalled ? 0 : kMaxWaitMs) == 0) {
      stalled = true;
      return false;
    }
    const ssize_t written = ::write(STDERR_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return false;
    stalled = false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void write_line(std::string line) {
  static std::mutex mutex;  // a line is several writes
  static bool torn = false;
  line += '\n';
  const std::lock_guard lock(mutex);
  if (torn) line.insert(line.begin(), '\n');
  torn = !write_whole(line);
  if (torn) counted().dropped.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

std::string_view to_string(LogLevel level) { return name_of(level).name; }

std::optional<LogLevel> parse_log_level(std::string_view text) {
  const auto* found =
      std::find_if(kLevels.begin(), kLevels.end(), [&](const auto& l) { return l.name == text; });
  return found == kLevels.end() ? std::nullopt : std::optional(found->level);
}

std::optional<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::text;
  if (text == "json") return LogFormat::json;
  return std::nullopt;
}

void configure_log(LogLevel level, LogFormat format, std::string_view program) {
  settings() = {level, format, std::string(program)};
}

bool log_enabled(LogLevel level) { return level >= settings().level; }

void log(LogLevel level, std::string_view event, std::string_view message,
         std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  counted().lines.at(static_cast<std::size_t>(level)).fetch_add(1, std::memory_order_relaxed);
  const auto& now = settings();
  write_line(format_log_line(now.format, rfc3339_micro(WallClock::now()), level, now.program, event, message,
                             fields));
}

LogCounts log_counts() {
  LogCounts counts;
  for (std::size_t level = 0; level < kLogLevels; ++level)
    counts.lines.at(level) = counted().lines.at(level).load(std::memory_order_relaxed);
  counts.dropped = counted().dropped.load(std::memory_order_relaxed);
  return counts;
}

std::string format_log_line(LogFormat format, std::string_view when, LogLevel level, std::string_view program,
                            std::string_view event, std::string_view message,
                            std::initializer_list<LogField> fields) {
  if (format == LogFormat::json) return json_line(when, level, program, event, message, fields);
  return text_line(when, level, event, message, fields);
}

}  // namespace palpo
