// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <thread>

#include "base/process_metrics.h"

namespace palpo {
namespace {

TEST(Metrics, ExposesSortedFamilies) {
  Metrics metrics;
  metrics.gauge("palpo_ingress_z", "Last.").set(2.5);
  const auto requests = metrics.counter("palpo_ingress_requests_total", "Requests.", {{"code", "200"}});
  requests.add();
  requests.add(2);
  metrics.counter("palpo_ingress_requests_total", "Requests.", {{"code", "100"}});
  metrics.collected("palpo_ingress_hosts", "Hosts.", SampleType::gauge, [] {
    return std::vector<Sample>{{{{"worker", "1"}}, 7}, {{{"worker", "0"}}, 1e20}};
  });
  const auto seconds = metrics.histogram("palpo_ingress_seconds", "Seconds.", {0.1, 1});
  seconds.observe(0.1);
  seconds.observe(0.5);
  seconds.observe(3);
  EXPECT_EQ(metrics.expose(),
            "# HELP palpo_ingress_hosts Hosts.\n"
            "# TYPE palpo_ingress_hosts gauge\n"
            "palpo_ingress_hosts{worker=\"0\"} 1e+20\n"
            "palpo_ingress_hosts{worker=\"1\"} 7\n"
            "# HELP palpo_ingress_requests_total Requests.\n"
            "# TYPE palpo_ingress_requests_total counter\n"
            "palpo_ingress_requests_total{code=\"100\"} 0\n"
            "palpo_ingress_requests_total{code=\"200\"} 3\n"
            "# HELP palpo_ingress_seconds Seconds.\n"
            "# TYPE palpo_ingress_seconds histogram\n"
            "palpo_ingress_seconds_bucket{le=\"0.1\"} 1\n"
            "palpo_ingress_seconds_bucket{le=\"1\"} 2\n"
            "palpo_ingress_seconds_bucket{le=\"+Inf\"} 3\n"
            "palpo_ingress_seconds_sum 3.6\n"
            "palpo_ingress_seconds_count 3\n"
            "# HELP palpo_ingress_z Last.\n"
            "# TYPE palpo_ingress_z gauge\n"
            "palpo_ingress_z 2.5\n");
}

TEST(Metrics, SameNameAndLabelsIsTheSameSeries) {
  Metrics metrics;
  metrics.counter("palpo_ingress_a_total", "A.", {{"l", "x"}}).add(1);
  metrics.counter("palpo_ingress_a_total", "Another text.", {{"l", "x"}}).add(2);
  EXPECT_EQ(metrics.expose(),
            "# HELP palpo_ingress_a_total A.\n"
            "# TYPE palpo_ingress_a_total counter\n"
            "palpo_ingress_a_total{l=\"x\"} 3\n");
}

TEST(Metrics, EscapesAndForcesUtf8) {
  Metrics metrics;
  metrics.gauge("palpo_ingress_a", "back\\slash \"quoted\" new\nline \xFF", {{"l", "a\\b\"c\nd\xC3\xBC\x80"}})
      .set(1);
  EXPECT_EQ(metrics.expose(),
            "# HELP palpo_ingress_a back\\\\slash \"quoted\" new\\nline \xEF\xBF\xBD\n"
            "# TYPE palpo_ingress_a gauge\n"
            "palpo_ingress_a{l=\"a\\\\b\\\"c\\nd\xC3\xBC\xEF\xBF\xBD\"} 1\n");
}

TEST(Metrics, LabelsThatBecomeEqualComeOnce) {
  Metrics metrics;
  metrics.collected("palpo_ingress_a", "A.", SampleType::gauge, [] {
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
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
  };
  for (const auto& [value, text] : cases) {
    Metrics metrics;
    metrics.gauge("palpo_ingress_a", "A.").set(value);
    EXPECT_TRUE(metrics.expose().ends_with("palpo_ingress_a " + std::string(text) + "\n")) << text;
  }
}

TEST(Metrics, FamiliesWithoutSamplesAreLeftOut) {
  Metrics metrics;
  metrics.collected("palpo_ingress_a", "A.", SampleType::counter, [] { return std::vector<Sample>(); });
  EXPECT_EQ(metrics.expose(), "");
}

TEST(Metrics, CountsFromManyThreadsWhileScraped) {
  Metrics metrics;
  const auto counter = metrics.counter("palpo_ingress_a_total", "A.");
  const auto gauge = metrics.gauge("palpo_ingress_b", "B.");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto own = metrics.counter("palpo_ingress_c_total", "C.", {{"t", std::to_string(t % 2)}});
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
  EXPECT_NE(text.find("palpo_ingress_a_total 4000\n"), std::string::npos);
  EXPECT_NE(text.find("palpo_ingress_b 7\n"), std::string::npos);
  EXPECT_NE(text.find("palpo_ingress_c_total{t=\"0\"} 2000\n"), std::string::npos);
}

TEST(MetricsDeathTest, OneNameIsOneFamily) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Metrics metrics;
  metrics.counter("palpo_ingress_a_total", "A.");
  EXPECT_DEATH(metrics.gauge("palpo_ingress_a_total", "A."), "broken invariant");
  EXPECT_DEATH(metrics.counter("palpo-ingress", "A."), "broken invariant");
  EXPECT_DEATH(metrics.counter("palpo_ingress_b_total", "B.", {{"le", "1"}}), "broken invariant");
}

// Prometheus itself reads what we write.
TEST(Metrics, PromtoolAccepts) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  Metrics metrics;
  register_process_metrics(metrics);
  metrics.counter("palpo_ingress_a_total", "A \\ and\na second line \xFF.", {{"l", "\"\\\n\x80"}}).add(0.5);
  const auto seconds = metrics.histogram("palpo_ingress_wait_seconds", "B.", {0.005, 0.5}, {{"l", "x"}});
  seconds.observe(0.2);
  FILE* const check = popen("promtool check metrics >&2", "w");
  ASSERT_NE(check, nullptr);
  const auto text = metrics.expose();
  EXPECT_EQ(fwrite(text.data(), 1, text.size(), check), text.size());
  EXPECT_EQ(pclose(check), 0) << text;
}

}  // namespace
}  // namespace palpo
