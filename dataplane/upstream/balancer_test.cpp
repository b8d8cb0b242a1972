// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/balancer.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace palpo::upstream {
namespace {

TEST(Balancer, TakesTurnsWithinEachCluster) {
  Balancer balancer(12345);
  const int a = 0;
  const int b = 0;
  std::map<std::size_t, int> of_a;
  std::map<std::size_t, int> of_b;
  for (int i = 0; i < 30; ++i) {  // alternating: the clusters must not share a cursor
    ++of_a[balancer.first(&a, 3)];
    ++of_b[balancer.first(&b, 2)];
  }
  EXPECT_EQ(of_a, (std::map<std::size_t, int>{{0, 10}, {1, 10}, {2, 10}}));
  EXPECT_EQ(of_b, (std::map<std::size_t, int>{{0, 15}, {1, 15}}));
}

TEST(Balancer, WorkersBeginInDifferentPlaces) {
  std::set<std::size_t> begun;
  const int cluster = 0;
  for (std::uint64_t seed = 1; seed < 100; ++seed) begun.insert(Balancer(seed * 7919).first(&cluster, 10));
  EXPECT_GT(begun.size(), 4U);
}

std::vector<std::size_t> order(std::size_t first, std::size_t count, const std::set<std::size_t>& avoided) {
  TryOrder tries;
  tries.begin(first, count);
  std::vector<std::size_t> result;
  while (const auto next = tries.next([&](std::size_t index) { return avoided.contains(index); })) {
    result.push_back(*next);
  }
  return result;
}

TEST(TryOrder, AvoidedComeLastAndNoneTwice) {
  using Order = std::vector<std::size_t>;
  EXPECT_EQ(order(0, 0, {}), Order{});
  EXPECT_EQ(order(0, 1, {0}), Order{0});
  EXPECT_EQ(order(1, 3, {}), (Order{1, 2, 0}));
  EXPECT_EQ(order(1, 3, {1}), (Order{2, 0, 1}));
  EXPECT_EQ(order(0, 4, {0, 2}), (Order{1, 3, 0, 2}));
  EXPECT_EQ(order(0, 2, {0, 1}), (Order{0, 1}));
  EXPECT_EQ(order(0, 100, {}).size(), TryOrder::kMaxTries);
}

}  // namespace
}  // namespace palpo::upstream
