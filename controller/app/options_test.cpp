// SPDX-License-Identifier: Apache-2.0
#include "controller/app/options.h"

#include <gtest/gtest.h>

namespace palpo::app {
namespace {

const char* no_environment(const std::string&) { return nullptr; }

Result<Options> parse(std::vector<std::string> arguments) { return parse_options(arguments, no_environment); }

TEST(Options, RunIsTheDefaultAndValidateTakesAPath) {
  EXPECT_EQ(parse({})->command, Command::run);
  EXPECT_EQ(parse({"run", "--source=dir:/m"})->source_directory, "/m");
  const auto options = parse({"validate", "x.yaml"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->command, Command::validate);
  EXPECT_EQ(options->path, "x.yaml");
}

TEST(Options, ValuesReachTheirPlace) {
  const auto options = parse(
      {"--publish-service", "edge/lb", "--https-port=8443", "--log-format", "json", "--watch-namespace=a"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->publish_service, (kube::ObjectKey{"edge", "lb"}));
  EXPECT_EQ(options->translation.https_port, 8443);
  EXPECT_EQ(options->log_format, LogFormat::json);
  EXPECT_EQ(options->cluster.watch_namespaces, (std::vector<std::string>{"a"}));
}

TEST(Options, ProbeTakesAHostAndWhereToAskForIt) {
  const auto options = parse({"probe", "example.test", "--probe-connect=ingress.ns.svc", "--probe-ca=/ca.crt",
                              "--probe-ports=https=8443,federation=other.ns.svc:9448", "--probe-text=mark",
                              "--probe-timeout=7s"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->command, Command::probe);
  EXPECT_EQ(options->probe.host, "example.test");
  EXPECT_EQ(options->probe.connect, "ingress.ns.svc");
  EXPECT_EQ(options->probe.ca_file, "/ca.crt");
  EXPECT_EQ(options->probe.text, "mark");
  EXPECT_EQ(options->probe.timeout, std::chrono::seconds(7));
  ASSERT_EQ(options->probe.ports.size(), 2);
  EXPECT_EQ(options->probe.ports[0].listener, api::Listener::https);
  EXPECT_EQ(options->probe.ports[0].port, 8443);
  EXPECT_EQ(options->probe.ports[0].connect, "");
  EXPECT_EQ(options->probe.ports[1].listener, api::Listener::federation);
  EXPECT_EQ(options->probe.ports[1].port, 9448);
  EXPECT_EQ(options->probe.ports[1].connect, "other.ns.svc");
  EXPECT_EQ(parse({"probe", "example.test"})->probe.ports.size(), 3);
}

TEST(Options, ApplyCrdsTakesAFolder) {
  const auto options = parse({"apply-crds", "/crds"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->command, Command::apply_crds);
  EXPECT_EQ(options->path, "/crds");
}

TEST(Options, MetricsIsACommand) { EXPECT_EQ(parse({"metrics"})->command, Command::metrics); }

TEST(Options, TheElectionHasTheTimesOfClientGo) {
  const auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->cluster.leader_election) << "on, where there is an API server";
  EXPECT_EQ(options->cluster.lease_duration, std::chrono::seconds(15));
  EXPECT_EQ(options->cluster.renew_deadline, std::chrono::seconds(10));
  EXPECT_EQ(options->cluster.retry_period, std::chrono::seconds(2));
  const auto given =
      parse({"--leader-election=off", "--lease=edge/mine", "--identity=pod-1", "--lease-duration=3s",
             "--renew-deadline=2s", "--retry-period=500ms", "--label-selector=team=chat"});
  ASSERT_TRUE(given) << given.error().message;
  EXPECT_EQ(given->cluster.leader_election, false);
  EXPECT_EQ(given->cluster.lease, (kube::ObjectKey{"edge", "mine"}));
  EXPECT_EQ(given->cluster.identity, "pod-1");
  EXPECT_EQ(given->cluster.retry_period, std::chrono::milliseconds(500));
  EXPECT_EQ(given->cluster.label_selector, "team=chat");
  EXPECT_TRUE(parse({"--source=dir:/m", "--leader-election=off"}));
}

TEST(Options, NamespacesComeOneByOneOrSeparatedByCommas) {
  const auto environment = [](const std::string& name) -> const char* {
    return name == "PALPO_WATCH_NAMESPACE" ? "a, b" : nullptr;
  };
  EXPECT_EQ(parse_options({}, environment)->cluster.watch_namespaces, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse({"--watch-namespace=a", "--watch-namespace", "b"})->cluster.watch_namespaces,
            (std::vector<std::string>{"a", "b"}));
}

TEST(Options, TheEnvironmentIsReadAndTheCommandLineWins) {
  const auto environment = [](const std::string& name) -> const char* {
    if (name == "PALPO_PUBLISH_ADDRESS") return "192.0.2.1,192.0.2.2";
    if (name == "PALPO_SOCKET") return "/from/environment";
    return nullptr;
  };
  const auto options = parse_options({"--socket=/from/line"}, environment);
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->publish_addresses, (std::vector<std::string>{"192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(options->socket, "/from/line");
}

TEST(Options, WhatIsWrongIsNamedInOneLine) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"--source=files"}, "--source"},
      {{"--publish-service=lb"}, "--publish-service"},
      {{"--https-port=0"}, "--https-port"},
      {{"--https-port=70000"}, "--https-port"},
      {{"--admin=nowhere"}, "--admin"},
      {{"--log-level=loud"}, "--log-level"},
      {{"--publish-address=not a name"}, "--publish-address"},
      {{"--publish-address=192.0.2.1:80"}, "--publish-address"},
      {{"--sokcet=x"}, "--sokcet"},
      {{"serve"}, "serve"},
      {{"validate"}, "validate"},
      {{"run", "more"}, "more"},
      {{"probe"}, "probe"},
      {{"probe", "a", "b"}, "probe"},
      {{"probe", "a", "--probe-ports=https"}, "--probe-ports"},
      {{"probe", "a", "--probe-ports=smtp=25"}, "--probe-ports"},
      {{"probe", "a", "--probe-ports=http=:80"}, "--probe-ports"},
      {{"probe", "a", "--probe-ports=http=80,https=0"}, "--probe-ports"},
      {{"probe", "a", "--probe-timeout=0s"}, "--probe-timeout"},
      {{"apply-crds"}, "apply-crds"},
      {{"metrics", "more"}, "more"},
      {{"--publish-address=192.0.2.1", "--publish-service=a/b"}, "--publish-service"},
      {{"--watch-namespace=A"}, "--watch-namespace"},
      {{"--watch-namespace=a/b"}, "--watch-namespace"},
      {{"--secret-namespace=A"}, "--secret-namespace"},
      {{"--watch-namespace=a", "--secret-namespace=b"},
       "\"b\" is none of the namespaces of --watch-namespace"},
      {{"--source=dir:/m", "--secret-namespace=a"}, "--secret-namespace: only with an API server"},
      {{"--watch-namespace=a", "--watch-namespace=b", "--watch-namespace=a"}, "\"a\" is given twice"},
      {{"--label-selector=team in chat"},
       "--label-selector: \"team in chat\": expected values in parentheses"},
      {{"--leader-election=maybe"}, "--leader-election"},
      {{"--lease=no-namespace"}, "--lease"},
      {{"--lease=a/B"}, "--lease"},
      {{"--identity="}, "--identity"},
      {{"--lease-duration=15"}, "--lease-duration"},
      {{"--lease-duration=0s"}, "--lease-duration"},
      {{"--lease-duration=15500ms"}, "is not whole seconds"},
      {{"--lease-duration=10s"}, "--lease-duration: 10s is not longer than --renew-deadline (10s)"},
      {{"--retry-period=9s"}, "--renew-deadline: 10s is not longer than 1.2 times --retry-period (10800ms)"},
      {{"--source=dir:/m", "--watch-namespace=a"}, "--watch-namespace: only with an API server"},
      {{"--source=dir:/m", "--label-selector=a"}, "--label-selector: only with an API server"},
      {{"--source=dir:/m", "--leader-election=on"}, "--leader-election: only with an API server"},
      {{"--source=dir:/m", "--lease=a/b"}, "--lease: only with an API server"},
  };
  for (const auto& [arguments, named] : cases) {
    const auto options = parse(arguments);
    ASSERT_FALSE(options) << named;
    EXPECT_NE(options.error().message.find(named), std::string::npos) << options.error().message;
    EXPECT_EQ(options.error().message.find('\n'), std::string::npos) << options.error().message;
  }
}

TEST(Options, HelpNamesEveryOptionAndItsVariable) {
  const auto options = parse({"--help"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->command, Command::help);
  for (const auto* word :
       {"--source", "--socket", "--admin", "--kubeconfig", "--log-format", "--log-level", "--publish-address",
        "--publish-service", "PALPO_SOCKET", "validate", "probe", "apply-crds", "metrics"})
    EXPECT_NE(options->help.find(word), std::string::npos) << word;
}

}  // namespace
}  // namespace palpo::app
