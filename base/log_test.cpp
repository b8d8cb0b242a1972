// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>
#include <thread>

namespace palpo {
namespace {

constexpr std::string_view kWhen = "2026-01-31T12:00:00.123456Z";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

std::string text(std::initializer_list<LogField> fields, LogLevel level = LogLevel::info,
                 std::string_view message = "m") {
  return format_log_line(LogFormat::text, kWhen, level, "prog", "e.v", message, fields);
}

std::string json(std::initializer_list<LogField> fields, std::string_view message = "m") {
  return format_log_line(LogFormat::json, kWhen, LogLevel::warning, "prog", "e.v", message, fields);
}

std::string value_part(const std::string& line) { return line.substr(line.find("k=") + 2); }

TEST(Log, TextLine) {
  EXPECT_EQ(
      format_log_line(LogFormat::text, kWhen, LogLevel::info, "prog", "config.applied",
                      "the configuration is served", {{"version", "ab12"}, {"hosts", 3}}),
      "2026-01-31T12:00:00.123456Z INFO  config.applied the configuration is served  version=ab12 hosts=3");
  EXPECT_EQ(text({}, LogLevel::error), "2026-01-31T12:00:00.123456Z ERROR e.v m");
  EXPECT_EQ(text({}, LogLevel::warning), "2026-01-31T12:00:00.123456Z WARN  e.v m");
  EXPECT_EQ(text({}, LogLevel::debug), "2026-01-31T12:00:00.123456Z DEBUG e.v m");
}

TEST(Log, TextValues) {
  const std::pair<std::string, std::string> cases[] = {
      {"plain", "plain"},
      {"a/b:c,d;e", "a/b:c,d;e"},
      {"", R"("")"},
      {"two words", R"("two words")"},
      {"a=b", R"("a=b")"},
      {R"(a"b)", R"("a\"b")"},
      {R"(a\b)", R"("a\\b")"},
      {"a\nINFO forged", R"("a\nINFO forged")"},
      {"\x1B[2J", R"("\u{1b}[2J")"},
      {"\x9B", R"("\x9b")"},
      {"\xC2\x9B", R"("\u{9b}")"},
      {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
  };
  for (const auto& [in, out] : cases) EXPECT_EQ(value_part(text({{"k", in}})), out);
}

TEST(Log, NumbersAndTruth) {
  EXPECT_EQ(text({{"a", 1}, {"b", -2L}, {"c", true}, {"d", std::size_t{7}}}).substr(39),
            "  a=1 b=-2 c=true d=7");
  EXPECT_EQ(json({{"a", 1}, {"b", false}, {"c", "1"}}),
            R"({"time":"2026-01-31T12:00:00.123456Z","level":"warning","program":"prog","event":"e.v",)"
            R"("message":"m","a":1,"b":false,"c":"1"})");
}

TEST(Log, MessagesCannotMoveTheCursor) {
  const auto line = text({{"k\n", "v"}}, LogLevel::info, "one\ntwo \x1B[2J");
  EXPECT_EQ(line.substr(38), R"(one\ntwo \u{1b}[2J  k\n=v)");
  EXPECT_EQ(text({}, LogLevel::info, R"(it says "no")").substr(38), R"(it says "no")");
}

TEST(Log, JsonEscapes) {
  const auto line = json({{"k", std::string("\"\\\n\x1B\x7F\xC2\x9B\xFF\0\xE2\x80\xA8", 12)}}, "a\tb");
  EXPECT_NE(line.find(R"("message":"a\tb")"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("k":"\"\\\n\u001b\u007f\u009b)"
                      "\xEF\xBF\xBD"
                      R"(\u0000\u2028")"),
            std::string::npos)
      << line;
}

TEST(Log, LongValuesAreCut) {
  const std::string exact(4096, 'x');
  EXPECT_EQ(value_part(text({{"k", exact}})), exact);
  EXPECT_EQ(value_part(text({{"k", exact + "y"}})), exact + std::string(kEllipsis));
  const std::string spaced =
      std::string(4095, ' ') + "\xC3\xBC";  // the limit falls inside the last character
  EXPECT_EQ(value_part(text({{"k", spaced}})), '"' + std::string(4095, ' ') + std::string(kEllipsis) + '"');
  EXPECT_TRUE(json({{"k", exact + "y"}}).ends_with("x" + std::string(kEllipsis) + "\"}"));
  EXPECT_LT(text({}, LogLevel::info, std::string(100'000, 'm')).size(), 4200U);
}

TEST(Log, ParsesItsOptions) {
  EXPECT_EQ(parse_log_level("debug"), LogLevel::debug);
  EXPECT_EQ(parse_log_level("info"), LogLevel::info);
  EXPECT_EQ(parse_log_level("warning"), LogLevel::warning);
  EXPECT_EQ(parse_log_level("error"), LogLevel::error);
  EXPECT_EQ(parse_log_level("INFO"), std::nullopt);
  EXPECT_EQ(parse_log_format("json"), LogFormat::json);
  EXPECT_EQ(parse_log_format("text"), LogFormat::text);
  EXPECT_EQ(parse_log_format(""), std::nullopt);
}

// Standard error goes into a pipe while this lives; what came out of it is read() by a thread of its own.
class CapturedStandardError {
 public:
  explicit CapturedStandardError(int flags = 0) : saved_(dup(STDERR_FILENO)) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | flags), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    reader_ = std::thread([this, end = ends[0]] {
      fcntl(end, F_SETFL, fcntl(end, F_GETFL) & ~O_NONBLOCK);
      char buffer[512];
      for (ssize_t size; (size = ::read(end, buffer, sizeof buffer)) > 0;) {
        text_.append(buffer, static_cast<std::size_t>(size));
      }
      close(end);
    });
  }
  std::string finish() {
    dup2(saved_, STDERR_FILENO);
    reader_.join();
    close(saved_);
    return text_;
  }

 private:
  int saved_;
  std::string text_;
  std::thread reader_;
};

void write_from_many_threads(int flags) {
  constexpr int kThreads = 8;
  constexpr int kLines = 50;
  configure_log(LogLevel::info, LogFormat::text, "prog");
  CapturedStandardError captured(flags);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      const std::string large(t % 2 == 0 ? 10 : 4000, static_cast<char>('a' + t));
      for (int i = 0; i < kLines; ++i) log_info("test.line", "x", {{"a", large}, {"b", large}, {"c", large}});
    });
  }
  for (auto& thread : threads) thread.join();
  log_debug("test.hidden", "not at this level");
  std::istringstream lines(captured.finish());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto first = line.find("a=") + 2;
    const auto size = line.find(' ', first) - first;
    const std::string value = line.substr(first, size);
    ASSERT_EQ(line.substr(27), " INFO  test.line x  a=" + value + " b=" + value + " c=" + value);
    ASSERT_EQ(value, std::string(value.size(), value[0]));
  }
  EXPECT_EQ(count, kThreads * kLines);
}

TEST(Log, LinesNeverInterleave) { write_from_many_threads(0); }
TEST(Log, LinesNeverInterleaveOnANonBlockingPipe) { write_from_many_threads(O_NONBLOCK); }

void log_to_a_reader_that_stopped(int flags) {
  configure_log(LogLevel::info, LogFormat::text, "prog");
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | flags), 0);
  const int saved = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  const std::string large(4000, 'x');
  const auto before = log_counts();
  for (int i = 0; i < 8; ++i) log_info("test.line", "x", {{"a", large}, {"b", large}, {"c", large}});
  std::string drained(1 << 20, '\0');
  drained.resize(static_cast<std::size_t>(::read(ends[0], drained.data(), drained.size())));
  log_info("test.after", "x");
  char after[256];
  const auto size = ::read(ends[0], after, sizeof after);
  dup2(saved, STDERR_FILENO);
  for (const int end : {ends[0], ends[1], saved}) close(end);
  ASSERT_GT(size, 0);
  const std::string line(after, static_cast<std::size_t>(size));
  EXPECT_NE(drained.back(), '\n');  // a line was torn
  const auto counts = log_counts();
  const auto info = static_cast<std::size_t>(LogLevel::info);
  EXPECT_EQ(counts.lines.at(info) - before.lines.at(info), 9U);
  EXPECT_GE(counts.dropped - before.dropped, 1U);
  EXPECT_LT(counts.dropped - before.dropped, 9U);
  EXPECT_EQ(line.front(), '\n');  // and the next one does not continue it
  EXPECT_NE(line.find("test.after x\n"), std::string::npos);
}

TEST(Log, AReaderThatStoppedDoesNotStopUs) { log_to_a_reader_that_stopped(0); }
TEST(Log, AReaderThatStoppedDoesNotStopUsOnANonBlockingPipe) { log_to_a_reader_that_stopped(O_NONBLOCK); }

TEST(Log, LevelsBelowTheConfiguredOneAreOff) {
  configure_log(LogLevel::warning, LogFormat::text, "prog");
  EXPECT_FALSE(log_enabled(LogLevel::info));
  EXPECT_TRUE(log_enabled(LogLevel::warning));
  EXPECT_TRUE(log_enabled(LogLevel::error));
  CapturedStandardError captured;
  log_info("test.hidden", "x");
  log_error("test.shown", "x");
  const auto out = captured.finish();
  EXPECT_EQ(out.find("hidden"), std::string::npos);
  EXPECT_NE(out.find("ERROR test.shown x\n"), std::string::npos);
  configure_log(LogLevel::info, LogFormat::text, "");
}

}  // namespace
}  // namespace palpo
