// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/access_log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/clock.h"

namespace palpo::http {

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

// Parameters whose values open something: an account, a session, an address under validation.
constexpr std::string_view kSecrets[] = {"access_token", "refresh_token", "id_token",      "token",
                                         "logintoken",   "login_token",   "client_secret", "secret",
                                         "code",         "ticket",        "password",      "samlresponse"};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// name: as it stands in the query. It is compared as the server will read it, decoded.
bool is(std::string_view secret, std::string_view name) {
  std::size_t at = 0;
  for (const char wanted : secret) {
    if (at >= name.size()) return false;
    char c = name[at++];
    if (c == '%' && at + 1 < name.size() && hex_value(name[at]) >= 0 && hex_value(name[at + 1]) >= 0) {
      c = static_cast<char>(hex_value(name[at]) * 16 + hex_value(name[at + 1]));
      at += 2;
    }
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    if (c != wanted) return false;
  }
  return at == name.size();
}

// The query without the values of secrets: they must not reach a log.
void append_target(AccessLogFormat format, std::string_view target, std::string& out) {
  std::size_t at = target.find('?');
  if (at == std::string_view::npos) return append_escaped(format, target, out);
  append_escaped(format, target.substr(0, ++at), out);
  while (at <= target.size()) {
    const std::size_t end = std::min(target.find_first_of("&;", at), target.size());
    const std::string_view parameter = target.substr(at, end - at);
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    const bool secret = equals != std::string_view::npos &&
                        std::any_of(std::begin(kSecrets), std::end(kSecrets),
                                    [&](std::string_view each) { return is(each, name); });
    append_escaped(format, secret ? name : parameter, out);
    if (secret) out += "=-";
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
    dropped_.fetch_add(lines.size(), std::memory_order_relaxed);
    return;
  }
  waiting_.fetch_add(lines.size(), std::memory_order_relaxed);
  mailbox_.send(std::move(lines));
}

void AccessLog::run() {
  while (const auto lines = mailbox_.receive()) {
    std::string_view rest = *lines;
    while (!rest.empty()) {
      const ssize_t written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        dropped_.fetch_add(rest.size(), std::memory_order_relaxed);
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

}  // namespace palpo::http
