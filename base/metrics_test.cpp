// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <thread>

#include "base/process_metrics.h"

namespace palpo {
namespace {

constexpr std::array kBounds{0.1, 1.0};
constexpr MetricFamily kGauge{
    .name = "palpo_ingress_log_z", .type = MetricType::gauge, .help = "Last.", .worry = "Never."};
constexpr MetricFamily kLabelledGauge{.name = "palpo_ingress_log_hosts",
                                      .type = MetricType::gauge,
                                      .labels = {"l"},
                                      .help = "back\\slash \"quoted\" new\nline \xFF.",
                                      .worry = "Never."};
constexpr MetricFamily kCounter{
    .name = "palpo_ingress_log_a_total", .type = MetricType::counter, .help = "A.", .worry = "Never."};
constexpr MetricFamily kLabelledCounter{.name = "palpo_ingress_log_requests_total",
                                        .type = MetricType::counter,
                                        .labels = {"code"},
                                        .help = "Requests \\ and\na second line \xFF.",
                                        .worry = "Never."};
constexpr MetricFamily kHistogram{.name = "palpo_ingress_log_wait_seconds",
                                  .type = MetricType::histogram,
                                  .labels = {"l"},
                                  .help = "Seconds.",
                                  .worry = "Never.",
                                  .buckets = kBounds};

TEST(Metrics, ExposesSortedFamilies) {
  Metrics metrics;
  metrics.gauge(kGauge).set(2.5);
  const auto requests = metrics.counter(kLabelledCounter, {{"code", "200"}});
  requests.add();
  requests.add(2);
  metrics.counter(kLabelledCounter, {{"code", "100"}});
  metrics.collected(kLabelledGauge, [] {
    return std::vector<Sample>{{{{"l", "1"}}, 7}, {{{"l", "0"}}, 1e20}};
  });
  const auto seconds = metrics.histogram(kHistogram, {{"l", "x"}});
  seconds.observe(0.1);
  seconds.observe(0.5);
  seconds.observe(3);
  EXPECT_EQ(metrics.expose(),
            "# HELP palpo_ingress_log_hosts back\\\\slash \"quoted\" new\\nline \xEF\xBF\xBD.\n"
            "# TYPE palpo_ingress_log_hosts gauge\n"
            "palpo_ingress_log_hosts{l=\"0\"} 1e+20\n"
            "palpo_ingress_log_hosts{l=\"1\"} 7\n"
            "# HELP palpo_ingress_log_requests_total Requests \\\\ and\\na second line \xEF\xBF\xBD.\n"
            "# TYPE palpo_ingress_log_requests_total counter\n"
            "palpo_ingress_log_requests_total{code=\"100\"} 0\n"
            "palpo_ingress_log_requests_total{code=\"200\"} 3\n"
            "# HELP palpo_ingress_log_wait_seconds Seconds.\n"
            "# TYPE palpo_ingress_log_wait_seconds histogram\n"
            "palpo_ingress_log_wait_seconds_count{l=\"x\"} 3\n"
            "palpo_ingress_log_wait_seconds_sum{l=\"x\"} 3.6\n"
            "palpo_ingress_log_wait_seconds_bucket{l=\"x\",le=\"0.1\"} 1\n"
            "palpo_ingress_log_wait_seconds_bucket{l=\"x\",le=\"1\"} 2\n"
            "palpo_ingress_log_wait_seconds_bucket{l=\"x\",le=\"+Inf\"} 3\n"
            "# HELP palpo_ingress_log_z Last.\n"
            "# TYPE palpo_ingress_log_z gauge\n"
            "palpo_ingress_log_z 2.5\n");
}

TEST(Metrics, SameFamilyAndLabelsIsTheSameSeries) {
  Metrics metrics;
  metrics.counter(kCounter).add(1);
  metrics.counter(kCounter).add(2);
  EXPECT_EQ(metrics.expose(),
            "# HELP palpo_ingress_log_a_total A.\n"
            "# TYPE palpo_ingress_log_a_total counter\n"
            "palpo_ingress_log_a_total 3\n");
}

TEST(Metrics, EscapesAndForcesUtf8) {
  Metrics metrics;
  metrics.gauge(kLabelledGauge, {{"l", "a\\b\"c\nd\xC3\xBC\x80"}}).set(1);
  EXPECT_TRUE(
      metrics.expose().ends_with("\npalpo_ingress_log_hosts{l=\"a\\\\b\\\"c\\nd\xC3\xBC\xEF\xBF\xBD\"} 1\n"))
      << metrics.expose();
}

TEST(Metrics, LabelsThatBecomeEqualComeOnce) {
  Metrics metrics;
  metrics.collected(kLabelledGauge, [] {
    return std::vector<Sample>{{{{"l", "\xFE"}}, 1}, {{{"l", "\xFF"}}, 2}};
  });
  const auto text = metrics.expose();
  EXPECT_NE(text.find("} 1\n"), std::string::npos);
  EXPECT_EQ(text.find("} 2\n"), std::string::npos);
}

TEST(Metrics, Numbers) {
  const std::pair<double, const char*> cases[] = {
      {0, "0"},
      {-3, "-3"},
      {0.1, "0.1"},
      {1'769'860'800, "1769860800"},
      {1e-9, "1e-09"},
      {1.0 / 3, "0.3333333333333333"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "Nan"},
  };
  for (const auto& [value, text] : cases) {
    Metrics metrics;
    metrics.gauge(kGauge).set(value);
    EXPECT_TRUE(metrics.expose().ends_with("palpo_ingress_log_z " + std::string(text) + "\n")) << text;
  }
}

TEST(Metrics, FamiliesWithoutSamplesAreLeftOut) {
  Metrics metrics;
  metrics.collected(kCounter, [] { return std::vector<Sample>(); });
  EXPECT_EQ(metrics.expose(), "");
}

TEST(Metrics, CountsFromManyThreadsWhileScraped) {
  Metrics metrics;
  const auto counter = metrics.counter(kCounter);
  const auto gauge = metrics.gauge(kGauge);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto own = metrics.counter(kLabelledCounter, {{"code", std::to_string(t % 2)}});
      for (int i = 0; i < 1000; ++i) {
        counter.add();
        gauge.set(7);
        own.add();
      }
    });
  }
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(metrics.expose().empty());
  for (auto& thread : threads) thread.join();
  const auto text = metrics.expose();
  EXPECT_NE(text.find("palpo_ingress_log_a_total 4000\n"), std::string::npos);
  EXPECT_NE(text.find("palpo_ingress_log_z 7\n"), std::string::npos);
  EXPECT_NE(text.find("palpo_ingress_log_requests_total{code=\"0\"} 2000\n"), std::string::npos);
}

TEST(MetricsDeathTest, OneNameIsOneFamilyAndItsRulesHold) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Metrics metrics;
  metrics.counter(kCounter);
  static constexpr MetricFamily kAgain{
      .name = kCounter.name, .type = MetricType::counter, .help = "Another text.", .worry = "Never."};
  static constexpr MetricFamily kElsewhere{
      .name = "palpo_ingress_requests_total", .type = MetricType::counter, .help = "A.", .worry = "Never."};
  EXPECT_DEATH(metrics.counter(kAgain), "broken invariant");
  EXPECT_DEATH(metrics.counter(kElsewhere), "broken invariant");
  EXPECT_DEATH(metrics.gauge(kCounter), "broken invariant");
  EXPECT_DEATH(metrics.collected(kCounter, {}), "broken invariant");
  EXPECT_DEATH(metrics.counter(kLabelledCounter), "broken invariant");
  EXPECT_DEATH(metrics.counter(kLabelledCounter, {{"other", "1"}}), "broken invariant");
}

// Prometheus itself reads what we write.
TEST(Metrics, PromtoolAccepts) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  Metrics metrics;
  register_process_metrics(metrics);
  metrics.counter(kLabelledCounter, {{"code", "\"\\\n\x80"}}).add(0.5);
  metrics.histogram(kHistogram, {{"l", "x"}}).observe(0.2);
  FILE* const check = popen("promtool check metrics >&2", "w");
  ASSERT_NE(check, nullptr);
  const auto text = metrics.expose();
  EXPECT_EQ(fwrite(text.data(), 1, text.size(), check), text.size());
  EXPECT_EQ(pclose(check), 0) << text;
}

}  // namespace
}  // namespace palpo
