// SPDX-License-Identifier: Apache-2.0
// One line a finished request, on standard output. Workers fill buffers; a thread of its own writes them.
// When the reader of standard output stalls, lines are dropped and counted rather than requests delayed.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/mailbox.h"
#include "dataplane/telemetry/outcome.h"

namespace palpo::telemetry {

enum class AccessLogFormat : std::uint8_t { off, text, json };
std::optional<AccessLogFormat> parse_access_log_format(std::string_view text);  // off, text, json

// The line with its newline. Values of secrets (secret_keys.h) are left out of the target; everything is
// escaped.
void append_access_line(AccessLogFormat format, std::string_view when, const Outcome& outcome,
                        std::string& out);

class AccessLog {
 public:
  AccessLog(AccessLogFormat format, int fd);
  ~AccessLog();  // writes what is left
  AccessLogFormat format() const { return format_; }
  void write(std::string lines);  // any thread
  std::uint64_t dropped_lines() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  void run();
  void drop(std::string_view lines);
  static constexpr std::size_t kMaxWaiting = 8 << 20;
  AccessLogFormat format_;
  int fd_;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> dropped_{0};
  Mailbox<std::string> mailbox_;
  std::thread writer_;
};

// A worker's buffer. Flushed when large, and by the worker once in a while.
class AccessLogBuffer {
 public:
  explicit AccessLogBuffer(AccessLog& log) : log_(log) {}
  void add(const Outcome& outcome);
  void flush();

 private:
  static constexpr std::size_t kFlushSize = 32 * 1024;
  std::string_view timestamp();
  AccessLog& log_;
  std::string lines_;
  WallClock::time_point second_{};
  std::string timestamp_;
};

}  // namespace palpo::telemetry
