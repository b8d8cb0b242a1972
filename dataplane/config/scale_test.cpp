// SPDX-License-Identifier: Apache-2.0
// What one change costs when there are many hosts. The figures are printed, not asserted: machines differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/clock.h"
#include "dataplane/config/compile.h"
#include "dataplane/config/example_config.h"
#include "dataplane/config/subscription.h"

namespace palpo::config {
namespace {

constexpr int kHosts = 10'000;
constexpr int kChanges = 20;

double milliseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

Received received(const api::Update& update) {
  return {api::Frame{api::FrameKind::update, encode(update), {}}};
}

// A data plane without sockets and workers.
struct Plane {
  Subscription machine;
  Compiler compiler;
  ConfigPtr config;

  bool take(Received frame) {
    auto actions = machine.step(std::move(frame));
    if (actions.size() != 1 || !std::holds_alternative<Compile>(actions[0])) return false;
    const Candidate& candidate = machine.candidate();
    auto result = compiler.compile(machine.serving(), candidate.snapshot, candidate.delta, candidate.version,
                                   machine.keys());
    config = std::move(result.config);
    machine.step(Compiled{std::move(result.faults)});
    actions = machine.step(AllTaken{});
    return actions.size() == 1 && std::holds_alternative<SendAck>(actions[0]);
  }
};

TEST(Scale, OneEndpointChangeAmongTenThousandHosts) {
  ExampleConfig wanted;
  for (int i = 0; i < kHosts; ++i) {
    const std::string number = std::to_string(i);
    wanted.cluster("ns" + number + "/hs:8008",
                   {{"10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), 8008}});
    wanted.host("h" + number + ".example.com", "ns" + number + "/hs:8008");
  }
  Plane plane;
  plane.machine.step(Connected{});
  plane.machine.step(
      Received{api::Frame{api::FrameKind::welcome, encode(api::Welcome{api::kProtocol, "test"}), {}}});
  const auto began = Clock::now();
  ASSERT_TRUE(plane.take(received(update_from_nothing(1, wanted.snapshot))));
  std::printf("%d hosts from nothing: %.1f ms\n", kHosts, milliseconds_since(began));

  std::vector<double> took;
  for (int i = 0; i < kChanges; ++i) {
    const api::Snapshot before = wanted.snapshot;
    wanted.cluster("ns77/hs:8008", {{"192.0.2." + std::to_string(i + 1), 8008}});
    Received frame = received(update_between(static_cast<std::uint64_t>(i + 2), before, wanted.snapshot));
    const auto start = Clock::now();
    ASSERT_TRUE(plane.take(std::move(frame)));
    took.push_back(milliseconds_since(start));
    EXPECT_EQ((*plane.config->clusters.find("ns77/hs:8008"))->endpoints[0].address,
              "192.0.2." + std::to_string(i + 1));
  }
  std::sort(took.begin(), took.end());
  std::printf("one endpoint change: median %.2f ms, worst %.2f ms of %d\n", took[took.size() / 2],
              took.back(), kChanges);
  RecordProperty("median_us", static_cast<int>(took[took.size() / 2] * 1000));
  EXPECT_EQ(plane.machine.serving().hosts.size(), static_cast<std::size_t>(kHosts));
}

}  // namespace
}  // namespace palpo::config
