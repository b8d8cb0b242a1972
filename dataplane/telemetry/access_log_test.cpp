// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/process.h"
#include "dataplane/net/fd.h"

namespace palpo::telemetry {
namespace {

Outcome sample() {
  Outcome outcome;
  outcome.listener = api::Listener::https;
  outcome.status = 200;
  outcome.peer = "192.0.2.7";
  outcome.method = "GET";
  outcome.host = "h.test";
  outcome.target = "/x";
  outcome.owner = "PalpoHomeserver/ns/name";
  outcome.request_id = "id";
  outcome.upstream = "10.0.0.1:8008";
  outcome.duration = std::chrono::microseconds(1500);
  return outcome;
}

std::string line(AccessLogFormat format, const Outcome& outcome) {
  std::string out;
  append_access_line(format, "2026-01-02T03:04:05.000006Z", outcome, out);
  return out;
}

TEST(AccessLog, Text) {
  EXPECT_EQ(line(AccessLogFormat::text, sample()),
            "time=\"2026-01-02T03:04:05.000006Z\" listener=\"https\" peer=\"192.0.2.7\" method=\"GET\" "
            "host=\"h.test\" "
            "target=\"/x\" owner=\"PalpoHomeserver/ns/name\" upstream=\"10.0.0.1:8008\" request_id=\"id\" "
            "traceparent=\"\" ending=\"complete\" status=200 request_bytes=0 response_bytes=0 "
            "duration_us=1500 retries=0\n");
}

TEST(AccessLog, TokensAreLeftOutAndBytesEscaped) {
  struct Case {
    std::string target, logged;
  };
  const Case cases[] = {
      {"/s?access_token=secret", "/s?access_token=-"},
      {"/s?a=b&access_token=secret&c=d", "/s?a=b&access_token=-&c=d"},
      {"/s?ACCESS_TOKEN=secret;x", "/s?ACCESS_TOKEN=-;x"},
      {"/s?access%5Ftoken=secret&a", "/s?access%5Ftoken=-&a"},
      {"/s?%61ccess_token=secret", "/s?%61ccess_token=-"},
      {"/s?loginToken=secret&login_token=secret", "/s?loginToken=-&login_token=-"},
      {"/s?client_secret=a&sid=b&token=c", "/s?client_secret=-&sid=b&token=-"},
      {"/s?code=a&state=b", "/s?code=-&state=b"},
      {"/s?from=s72594_4483_1934&dir=b&since=t", "/s?from=s72594_4483_1934&dir=b&since=t"},
      {"/s?token&token=&access%255Ftoken=kept", "/s?token&token=-&access%255Ftoken=kept"},
      {"/s?a_name_that_is_longer_than_any_secret=x&%", "/s?a_name_that_is_longer_than_any_secret=x&%"},
      {"/s?access%5Ftoken=secret&a=b", "/s?access%5Ftoken=-&a=b"},
      {"/s?%61%63cess%5ftoke%6E=secret=more", "/s?%61%63cess%5ftoke%6E=-"},
      {"/s?loginToken=secret&logintoken=secret", "/s?loginToken=-&logintoken=-"},
      {"/s?token=secret&sid=1&client_secret=secret", "/s?token=-&sid=1&client_secret=-"},
      {"/s?t%6Fken=%26secret&client%5Fsecret=secret", "/s?t%6Fken=-&client%5Fsecret=-"},
      {"/s?code=secret&state=x&ticket=secret", "/s?code=-&state=x&ticket=-"},
      {"/s?refresh_token=secret&id_token=secret&password=secret", "/s?refresh_token=-&id_token=-&password=-"},
      {"/s?login_token=secret&secret=secret&SAMLResponse=secret", "/s?login_token=-&secret=-&SAMLResponse=-"},
      {"/s?a=b&=secret&token", "/s?a=b&=secret&token"},
      {"/s?xtoken=a&tokens=b&toke%6=c&token%=d", "/s?xtoken=a&tokens=b&toke%6=c&token%=d"},
      {"/s?access_token=one&access_token=two", "/s?access_token=-&access_token=-"},
      {"/access_token=path", "/access_token=path"},
      {"/s?", "/s?"},
      {"/s?x&&", "/s?x&&"},
  };
  for (const Case& each : cases) {
    Outcome outcome = sample();
    outcome.target = each.target;
    EXPECT_NE(line(AccessLogFormat::text, outcome).find("target=\"" + each.logged + "\" "), std::string::npos)
        << each.target;
    const auto json = nlohmann::json::parse(line(AccessLogFormat::json, outcome));
    EXPECT_EQ(json["target"], each.logged);
  }
  Outcome odd = sample();
  odd.target = "/\"\\\x01\xC3";
  EXPECT_NE(line(AccessLogFormat::text, odd).find("target=\"/\\\"\\\\\\x01\\xc3\""), std::string::npos);
  const std::string as_json = line(AccessLogFormat::json, odd);
  EXPECT_EQ(nlohmann::json::parse(as_json)["target"], "/\"\\\x01\u00c3");
  EXPECT_EQ(as_json.find('\n'), as_json.size() - 1);
}

TEST(AccessLog, WritesWholeBuffersInOrder) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const net::Fd reading(ends[0]);
  net::Fd writing(ends[1]);
  {
    AccessLog log(AccessLogFormat::text, writing.get());
    AccessLogBuffer buffer(log);
    for (int i = 0; i < 3; ++i) buffer.add(sample());
    buffer.flush();
    log.write("last\n");
  }
  writing.reset();
  std::string all;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(reading.get(), bytes, sizeof bytes)) > 0;)
    all.append(bytes, static_cast<std::size_t>(got));
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 4);
  EXPECT_TRUE(all.ends_with("last\n"));
  const std::string before = rfc3339_micro(WallClock::now() - std::chrono::seconds(30));
  const std::string first = all.substr(6, before.size());
  EXPECT_TRUE(before < first && first <= rfc3339_micro(WallClock::now())) << first;
}

TEST(AccessLog, DropsAndCountsWhenNobodyReads) {
  ignore_sigpipe();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  net::Fd reading(ends[0]);
  net::Fd writing(ends[1]);
  {
    AccessLog log(AccessLogFormat::text, writing.get());
    for (int i = 0; i < 20; ++i)
      log.write(std::string(1 << 20, 'x') + "\n" + std::string(1 << 20, 'x') + "\n");
    EXPECT_GT(log.dropped_lines(), 0U);
    EXPECT_EQ(log.dropped_lines() % 2, 0U);
    reading.reset();  // the writer sees an error and goes on
  }
}

}  // namespace
}  // namespace palpo::telemetry
