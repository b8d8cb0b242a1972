// SPDX-License-Identifier: Apache-2.0
#include "base/metric_family.h"

#include <gtest/gtest.h>

#include "base/process_metrics.h"

namespace palpo {
namespace {

constexpr std::array kBounds{1.0, 2.0};
constexpr std::array kFallingBounds{2.0, 1.0};

MetricFamily family(std::string_view name, MetricType type) {
  MetricFamily made{.name = name, .type = type, .help = "What it is.", .worry = "When to worry."};
  if (type == MetricType::histogram) made.buckets = kBounds;
  return made;
}

TEST(MetricFamily, NamesOfTheSchemeAreTaken) {
  const std::pair<const char*, MetricType> cases[] = {
      {"palpo_ingress_downstream_requests_total", MetricType::counter},
      {"palpo_ingress_downstream_received_bytes_total", MetricType::counter},
      {"palpo_ingress_downstream_connections", MetricType::gauge},
      {"palpo_ingress_publish_ack_seconds", MetricType::histogram},
      {"palpo_ingress_config_last_applied_timestamp_seconds", MetricType::gauge},
      {"palpo_ingress_access_log_dropped_lines_total", MetricType::counter},
      {"palpo_ingress_build_info", MetricType::gauge},
      {"process_open_fds", MetricType::gauge},
  };
  for (const auto& [name, type] : cases) EXPECT_EQ(family_fault(family(name, type)), std::nullopt) << name;
}

TEST(MetricFamily, NamesOutsideOfItAreRefused) {
  const std::pair<const char*, MetricType> cases[] = {
      {"palpo_ingress_requests_total", MetricType::counter},              // no subsystem
      {"palpo_ingress_programmed_seconds", MetricType::histogram},        // no subsystem
      {"palpo_ingress_tls_handshakes_total", MetricType::counter},        // no word of the table
      {"palpo_ingress_downstreams_open", MetricType::gauge},              // no word of the table
      {"palpo_ingress_downstream", MetricType::gauge},                    // what?
      {"palpo_ingress_downstream_", MetricType::gauge},                   // what?
      {"palpo_downstream_requests_total", MetricType::counter},           // another prefix
      {"requests_total", MetricType::counter},                            // none
      {"palpo_ingress_downstream_Requests_total", MetricType::counter},   // capital letters
      {"palpo_ingress_downstream:requests_total", MetricType::counter},   // a recorded series
      {"palpo_ingress_downstream_requests", MetricType::counter},         // a counter without _total
      {"palpo_ingress_downstream_connections_total", MetricType::gauge},  // and no counter with it
      {"palpo_ingress_config_compile_milliseconds", MetricType::histogram},
      {"palpo_ingress_config_compile_ms", MetricType::gauge},
      {"palpo_ingress_config_compile", MetricType::histogram},  // no unit
      {"palpo_ingress_downstream_connections_percent", MetricType::gauge},
      {"palpo_ingress_downstream_connection_gauge", MetricType::gauge},
      {"palpo_ingress_downstream_request_counter_total", MetricType::counter},
      {"palpo_ingress_certificate_count", MetricType::gauge},
      {"palpo_ingress_downstream_duration_sum", MetricType::gauge},
      {"palpo_ingress_config_last_applied_timestamp", MetricType::gauge},
  };
  for (const auto& [name, type] : cases) {
    const auto fault = family_fault(family(name, type));
    ASSERT_TRUE(fault) << name;
    EXPECT_TRUE(fault->starts_with(name)) << *fault;
  }
}

TEST(MetricFamily, LabelsTextsAndBucketsAreHeldToTheirRules) {
  const auto good = family("palpo_ingress_publish_ack_seconds", MetricType::histogram);
  EXPECT_FALSE(family_fault(good));
  for (const char* const label : {"namespace", "pod", "job", "le", "Owner", "own-er", "1st"}) {
    auto bad = good;
    bad.labels = {label};
    EXPECT_TRUE(family_fault(bad)) << label;
  }
  auto bad = good;
  bad.help = "no sentence";
  EXPECT_TRUE(family_fault(bad));
  bad = good;
  bad.worry = "";
  EXPECT_TRUE(family_fault(bad));
  bad = good;
  bad.buckets = {};
  EXPECT_TRUE(family_fault(bad));
  bad = good;
  bad.buckets = kFallingBounds;
  EXPECT_TRUE(family_fault(bad));
  bad = family("palpo_ingress_downstream_connections", MetricType::gauge);
  bad.buckets = kBounds;
  EXPECT_TRUE(family_fault(bad));
}

TEST(MetricFamily, WhatEveryProgramShowsIsSound) {
  for (const auto* const shown : process_families())
    EXPECT_EQ(family_fault(*shown), std::nullopt) << shown->name;
}

TEST(MetricFamily, ThePageHasATableASubsystem) {
  auto second = family("palpo_ingress_publish_peers", MetricType::gauge);
  second.labels = {"a", "b"};
  second.help = "One | other.";
  const auto first = family("palpo_ingress_downstream_requests_total", MetricType::counter);
  const auto process = family("process_open_fds", MetricType::gauge);
  const std::array<const MetricFamily*, 3> all{&process, &second, &first};
  const std::string head = "| metric | type | labels | meaning | when to worry |\n|---|---|---|---|---|\n";
  EXPECT_EQ(families_page(all),
            "### " + std::string(metric_subsystems()[0].matter) + " (`palpo_ingress_downstream_`)\n\n" +
                head +
                "| `palpo_ingress_downstream_requests_total` | counter |  | What it is. | When to worry. |\n"
                "\n### " +
                std::string(subsystem_of(second.name)->matter) + " (`palpo_ingress_publish_`)\n\n" + head +
                "| `palpo_ingress_publish_peers` | gauge | `a`, `b` | One \\| other. | When to worry. |\n"
                "\n### The process (`process_`)\n\n" +
                head + "| `process_open_fds` | gauge |  | What it is. | When to worry. |\n");
}

}  // namespace
}  // namespace palpo
