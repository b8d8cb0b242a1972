// SPDX-License-Identifier: Apache-2.0
#include "dataplane/app/options.h"

#include <gtest/gtest.h>

#include <map>

namespace palpo::app {
namespace {

Result<Options> parse(const std::vector<std::string>& arguments,
                      const std::map<std::string, std::string>& environment = {}) {
  return parse_options(arguments, [&](const std::string& name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

TEST(Options, Defaults) {
  const auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->listen[0].address, ":8080");
  EXPECT_EQ(options->listen[1].address, ":8443");
  EXPECT_EQ(options->listen[2].address, ":8448");
  EXPECT_EQ(options->admin, "127.0.0.1:9902");
  EXPECT_TRUE(options->server_header);
  EXPECT_EQ(options->metrics_owners, 500U);
  EXPECT_EQ(options->drain_timeout, std::chrono::seconds(30));
}

TEST(Options, FromTheCommandLineAndTheEnvironment) {
  const auto options =
      parse({"--listen-http=off", "--listen-https", "[::1]:443", "--drain-timeout=2m", "--workers=3",
             "--access-log=json", "--shutdown-delay=1500ms", "--server-header=off"},
            {{"PALPO_LISTEN_FEDERATION", "127.0.0.1:0"}, {"PALPO_MAX_CONNECTIONS", "12"}});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->listen[0].address, "off");
  EXPECT_EQ(options->listen[1].address, "[::1]:443");
  EXPECT_EQ(options->listen[2].address, "127.0.0.1:0");
  EXPECT_EQ(options->drain_timeout, std::chrono::minutes(2));
  EXPECT_EQ(options->shutdown_delay, std::chrono::milliseconds(1500));
  EXPECT_EQ(options->workers, 3U);
  EXPECT_EQ(options->connections, 12U);
  EXPECT_FALSE(options->server_header);
  EXPECT_EQ(options->access_log, telemetry::AccessLogFormat::json);
}

TEST(Options, Commands) {
  EXPECT_FALSE(parse({})->describe_metrics);
  EXPECT_FALSE(parse({"run"})->describe_metrics);
  EXPECT_TRUE(parse({"metrics"})->describe_metrics);
  for (const char* const command : {"run", "metrics"}) {
    const auto options = parse({command, "more"});
    ASSERT_FALSE(options);
    EXPECT_NE(options.error().message.find("more"), std::string::npos) << options.error().message;
  }
}

TEST(Options, BadOnesAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"--listen-https=8443", "listen-https"},
      {"--listen-https=host.test:1", "listen-https"},
      {"--listen-http=", "listen-http"},
      {"--admin=off", "admin"},
      {"--workers=0", "workers"},
      {"--workers=x", "workers"},
      {"--drain-timeout=30", "drain-timeout"},
      {"--drain-timeout=5h", "drain-timeout"},
      {"--drain-timeout=99999999m", "drain-timeout"},
      {"--access-log=xml", "access-log"},
      {"--https-redirect-port=0", "https-redirect-port"},
      {"--log-level=loud", "log-level"},
      {"--server-header=nginx", "server-header"},
      {"--nonsense=1", "nonsense"},
      {"stray", "stray"},
      {"--metrics-max-owners=-1", "metrics-max-owners"},
      {"--metrics-max-owners=all", "metrics-max-owners"},
      {"--socket=", "socket"},
  };
  for (const auto& [argument, named] : cases) {
    const auto options = parse({argument});
    ASSERT_FALSE(options) << argument;
    EXPECT_NE(options.error().message.find(named), std::string::npos) << options.error().message;
    EXPECT_EQ(options.error().message.find('\n'), std::string::npos);
  }
}

TEST(Options, HelpNamesEveryOption) {
  const auto options = parse({"--help"});
  ASSERT_TRUE(options && options->help);
  for (const char* name : {"--socket", "--listen-http", "--listen-https", "--listen-federation", "--admin",
                           "--workers", "--max-connections", "--shutdown-delay", "--drain-timeout",
                           "--access-log", "--log-level", "--server-header", "--metrics-max-owners"}) {
    EXPECT_NE(options->help_text.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace palpo::app
