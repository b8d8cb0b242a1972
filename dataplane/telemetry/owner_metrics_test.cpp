// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/owner_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace palpo::telemetry {
namespace {

constexpr const char* kRequests = "palpo_ingress_downstream_owner_requests_total{owner=";

struct OwnerMetricsTest : testing::Test {
  std::vector<std::unique_ptr<WorkerMetrics>> workers;
  OwnerNames configured;
  Metrics bounded, whole;

  OwnerMetricsTest() {
    for (int i = 0; i < 2; ++i) workers.push_back(std::make_unique<WorkerMetrics>());
  }
  void expose(std::size_t most) {
    expose_owner_metrics(
        bounded, whole, workers, [this]() -> const OwnerNames& { return configured; }, most);
  }
  static bool has(const Metrics& page, const std::string& line) {
    return page.expose().find("\n" + line + "\n") != std::string::npos;
  }
};

TEST_F(OwnerMetricsTest, WorkersAreSummedAndFailuresAreThoseOfTheHomeserver) {
  configured = {{"PalpoHomeserver/m/a", 4}};
  expose(10);
  Outcome outcome;
  outcome.owner = "PalpoHomeserver/m/a";
  const auto record = [&](std::size_t worker, int status, Ending ending) {
    outcome.status = status;
    outcome.ending = ending;
    workers[worker]->record(outcome);
  };
  record(0, 200, Ending::complete);
  record(1, 404, Ending::complete);
  record(0, 502, Ending::complete);
  record(1, 200, Ending::aborted);
  record(1, 0, Ending::client_gone);
  record(0, 200, Ending::client_gone);
  outcome.owner = {};
  record(0, 500, Ending::complete);
  EXPECT_TRUE(has(bounded, std::string(kRequests) + "\"PalpoHomeserver/m/a\"} 6")) << bounded.expose();
  EXPECT_TRUE(has(bounded, "palpo_ingress_downstream_owner_failures_total{owner=\"PalpoHomeserver/m/a\"} 2"));
  EXPECT_TRUE(has(bounded, std::string(kRequests) + "\"other\"} 0"));
  EXPECT_TRUE(has(bounded, "palpo_ingress_downstream_owners_without_series 0"));
}

TEST_F(OwnerMetricsTest, OnePageIsBoundedAndTheOtherHasAll) {
  for (int i = 0; i < 5000; ++i) {
    const auto owner = "PalpoHomeserver/m/" + std::to_string(i);
    configured[owner] = 1;
    workers[static_cast<std::size_t>(i) % 2]->owners.add(owner, i % 2 == 0);
  }
  expose(500);
  const auto text = bounded.expose();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3 * 2 + 2 * 501 + 1);
  EXPECT_TRUE(has(bounded, std::string(kRequests) + "\"other\"} 4500"));
  EXPECT_TRUE(has(bounded, "palpo_ingress_downstream_owners_without_series 4500"));
  const auto all = whole.expose();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 2 * 2 + 2 * 5000);
  EXPECT_TRUE(has(whole, std::string(kRequests) + "\"PalpoHomeserver/m/999\"} 1"));
}

}  // namespace
}  // namespace palpo::telemetry
