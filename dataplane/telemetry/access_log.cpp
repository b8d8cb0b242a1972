// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/access_log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "dataplane/telemetry/secret_keys.h"

namespace palpo::telemetry {

namespace {

// Printable ASCII but for the quote and the backslash; other bytes as \xHH, in JSON as \u00HH.
void append_escaped(AccessLogFormat format, std::string_view text, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  while (!text.empty()) {
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
    const auto run =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += static_cast<char>(byte);
    } else {
      out += format == AccessLogFormat::json ? "\\u00" : "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

// The query without the values of secrets: they must not reach a log.
void append_target(AccessLogFormat format, std::string_view target, std::string& out) {
  std::size_t at = target.find('?');
  if (at == std::string_view::npos) return append_escaped(format, target, out);
  append_escaped(format, target.substr(0, ++at), out);
  while (at <= target.size()) {
    const std::size_t end = std::min(target.find_first_of("&;", at), target.size());
    const std::string_view parameter = target.substr(at, end - at);
    const std::string_view key = parameter.substr(0, parameter.find('='));
    if (key.size() < parameter.size() && is_secret_key(key)) {
      append_escaped(format, key, out);
      out += "=-";
    } else {
      append_escaped(format, parameter, out);
    }
    if (end < target.size()) out += target[end];
    at = end + 1;
  }
}

std::string_view name_of(api::Listener listener) {
  switch (listener) {
    case api::Listener::http:
      return "http";
    case api::Listener::https:
      return "https";
    case api::Listener::federation:
      return "federation";
  }
  return "";
}

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::complete:
      return "complete";
    case Ending::client_gone:
      return "client_gone";
    case Ending::aborted:
      return "aborted";
  }
  return "";
}

void append_text(std::string_view key, std::string_view value, AccessLogFormat format, std::string& out) {
  const bool json = format == AccessLogFormat::json;
  out.append(json ? ",\"" : " ").append(key).append(json ? "\":\"" : "=\"");
  if (key == "target") {
    append_target(format, value, out);
  } else {
    append_escaped(format, value, out);
  }
  out += '"';
}

void append_number(std::string_view key, std::uint64_t value, AccessLogFormat format, std::string& out) {
  const bool json = format == AccessLogFormat::json;
  out.append(json ? ",\"" : " ").append(key).append(json ? "\":" : "=").append(std::to_string(value));
}

}  // namespace

std::optional<AccessLogFormat> parse_access_log_format(std::string_view text) {
  if (text == "off") return AccessLogFormat::off;
  if (text == "text") return AccessLogFormat::text;
  if (text == "json") return AccessLogFormat::json;
  return std::nullopt;
}

void append_access_line(AccessLogFormat format, std::string_view when, const Outcome& outcome,
                        std::string& out) {
  const bool json = format == AccessLogFormat::json;
  out.append(json ? "{\"time\":\"" : "time=\"").append(when) += '"';
  const std::pair<std::string_view, std::string_view> texts[] = {{"listener", name_of(outcome.listener)},
                                                                 {"peer", outcome.peer},
                                                                 {"method", outcome.method},
                                                                 {"host", outcome.host},
                                                                 {"target", outcome.target},
                                                                 {"owner", outcome.owner},
                                                                 {"upstream", outcome.upstream},
                                                                 {"request_id", outcome.request_id},
                                                                 {"traceparent", outcome.traceparent},
                                                                 {"ending", name_of(outcome.ending)}};
  for (const auto& [key, value] : texts) append_text(key, value, format, out);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(outcome.duration).count();
  const std::pair<std::string_view, std::uint64_t> numbers[] = {
      {"status", static_cast<std::uint64_t>(outcome.status)},
      {"request_bytes", outcome.request_bytes},
      {"response_bytes", outcome.response_bytes},
      {"duration_us", static_cast<std::uint64_t>(micros)},
      {"retries", outcome.retries}};
  for (const auto& [key, value] : numbers) append_number(key, value, format, out);
  out.append(json ? "}\n" : "\n");
}

AccessLog::AccessLog(AccessLogFormat format, int fd) : format_(format), fd_(fd), writer_([this] { run(); }) {}

AccessLog::~AccessLog() {
  mailbox_.close();
  writer_.join();
}

void AccessLog::write(std::string lines) {
  if (waiting_.load(std::memory_order_relaxed) + lines.size() > kMaxWaiting) {
    drop(lines);
    return;
  }
  waiting_.fetch_add(lines.size(), std::memory_order_relaxed);
  mailbox_.send(std::move(lines));
}

void AccessLog::drop(std::string_view lines) {
  const auto count = std::count(lines.begin(), lines.end(), '\n');
  dropped_.fetch_add(static_cast<std::uint64_t>(count), std::memory_order_relaxed);
}

void AccessLog::run() {
  while (const auto lines = mailbox_.receive()) {
    std::string_view rest = *lines;
    while (!rest.empty()) {
      const ssize_t written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        drop(rest);
        break;
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    waiting_.fetch_sub(lines->size(), std::memory_order_relaxed);
  }
}

// Seconds are put together once each; the microseconds of a request are a few digits.
std::string_view AccessLogBuffer::timestamp() {
  const auto now = std::chrono::floor<std::chrono::microseconds>(WallClock::now());
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != second_) {
    second_ = second;
    timestamp_ = rfc3339_micro(second);
  }
  auto micros = (now - second).count();
  for (std::size_t digit = timestamp_.size() - 2; timestamp_[digit] != '.'; --digit, micros /= 10) {
    timestamp_[digit] = static_cast<char>('0' + micros % 10);
  }
  return timestamp_;
}

void AccessLogBuffer::add(const Outcome& outcome) {
  if (lines_.capacity() == 0) lines_.reserve(kFlushSize + 4096);
  append_access_line(log_.format(), timestamp(), outcome, lines_);
  if (lines_.size() >= kFlushSize) flush();
}

void AccessLogBuffer::flush() {
  if (!lines_.empty()) log_.write(std::exchange(lines_, {}));
}

}  // namespace palpo::telemetry
