// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/owner_series.h"

#include <gtest/gtest.h>

#include <map>

namespace palpo::telemetry {
namespace {

using Counted = std::unordered_map<std::string, OwnerCount>;
using Shown = std::map<std::string, OwnerCount>;

Shown shown(const OwnerSeries& series) {
  const auto all = series.shown();
  return {all.begin(), all.end()};
}

TEST(OwnerSeries, HomeserversComeBeforeIngressesAndEachBeforeItsFirstRequest) {
  OwnerSeries series(3);
  const OwnerNames configured{
      {"Ingress/a/a", 1}, {"Ingress/a/b", 1}, {"PalpoHomeserver/a/b", 4}, {"PalpoHomeserver/a/a", 4}};
  series.update(configured, {});
  EXPECT_EQ(shown(series),
            (Shown{{"PalpoHomeserver/a/a", {}}, {"PalpoHomeserver/a/b", {}}, {"Ingress/a/a", {}}}));
  EXPECT_EQ(series.without(), 1u);
  series.update(configured, {{"PalpoHomeserver/a/a", {5, 1}}, {"Ingress/a/b", {7, 2}}});
  EXPECT_EQ(shown(series).at("PalpoHomeserver/a/a"), (OwnerCount{5, 1}));
  EXPECT_EQ(series.other(), (OwnerCount{7, 2}));
}

TEST(OwnerSeries, WhatIsCountedStaysWhereItWasCounted) {
  OwnerSeries series(1);
  series.update({{"PalpoHomeserver/a/m", 1}}, {{"PalpoHomeserver/a/m", {10, 1}}});
  // One that comes before it: from now on the first is among the others.
  series.update({{"PalpoHomeserver/a/a", 1}, {"PalpoHomeserver/a/m", 1}},
                {{"PalpoHomeserver/a/m", {12, 1}}, {"PalpoHomeserver/a/a", {3, 0}}});
  EXPECT_EQ(shown(series), (Shown{{"PalpoHomeserver/a/a", {3, 0}}}));
  EXPECT_EQ(series.other(), (OwnerCount{2, 0}));
  // And back: its series goes on where it was, and the others' does not shrink.
  series.update({{"PalpoHomeserver/a/m", 1}},
                {{"PalpoHomeserver/a/m", {20, 2}}, {"PalpoHomeserver/a/a", {4, 0}}});
  EXPECT_EQ(shown(series), (Shown{{"PalpoHomeserver/a/m", {18, 2}}}));
  EXPECT_EQ(series.other(), (OwnerCount{3, 0}));
}

TEST(OwnerSeries, AnOwnerThatIsGoneHasNoSeriesAndItsLastRequestsAreTheOthers) {
  OwnerSeries series(10);
  series.update({{"Ingress/a/a", 1}}, {{"Ingress/a/a", {1, 0}}});
  series.update({}, {{"Ingress/a/a", {3, 1}}});
  EXPECT_TRUE(shown(series).empty());
  EXPECT_EQ(series.other(), (OwnerCount{2, 1}));
  EXPECT_EQ(series.without(), 0u);
}

TEST(OwnerSeries, EveryRequestIsCountedOnceWhoeverComesAndGoes) {
  OwnerSeries series(5);
  std::map<std::string, OwnerCount> ended;  // the last value of each series
  Counted counted;
  OwnerCount all;
  for (std::uint64_t step = 1; step <= 200; ++step) {
    OwnerNames configured;
    for (std::uint64_t i = 0; i < 12; ++i) {
      const auto owner = (i % 3 == 0 ? "Ingress/n/" : "PalpoHomeserver/n/") + std::to_string(i);
      if ((step * (i + 3)) % 7 > 2) configured.emplace(owner, 1);
      const OwnerCount more{(step * i) % 5, (step * i) % 2};
      counted[owner].requests += more.requests;
      counted[owner].failures += more.failures;
      all.requests += more.requests;
      all.failures += more.failures;
    }
    series.update(configured, counted);
    ASSERT_LE(series.shown().size(), 5u);
    for (const auto& [owner, value] : series.shown()) {
      ASSERT_GE(value.requests, ended[owner].requests) << "a counter that falls";
      ended[owner] = value;
    }
    OwnerCount sum = series.other();
    for (const auto& [owner, value] : ended) {
      sum.requests += value.requests;
      sum.failures += value.failures;
    }
    ASSERT_EQ(sum, all) << step;
  }
}

}  // namespace
}  // namespace palpo::telemetry
