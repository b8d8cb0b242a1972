// SPDX-License-Identifier: Apache-2.0
// What one change among many homeservers costs: printed, never asserted. Asserted is that it touches nothing
// else.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "controller/translate/test_objects.h"

namespace palpo::translate {
namespace {

using namespace testing;

std::string nth(const std::string& name, int i) { return name + std::to_string(i); }

double microseconds(Clock::duration span) { return std::chrono::duration<double, std::micro>(span).count(); }

struct Fleet {
  explicit Fleet(int size) {
    const auto certificate = secret("", "both");
    const auto fill = [&](kube::Kind kind, const auto& make_one) {
      kube::Replaced list{kind, {}, {}};
      for (int i = 0; i < size; ++i) list.objects.push_back(shared(make_one(i)));
      state.apply(list);
    };
    fill(kube::Kind::homeserver, [](int i) {
      return homeserver(nth("ns", i), "hs", nth("s", i) + ".example.com", nth("m", i) + ".example.com",
                        "tls");
    });
    fill(kube::Kind::service, [](int i) { return service(nth("ns", i), "hs"); });
    fill(kube::Kind::endpoint_slice, [](int i) { return slice(nth("ns", i), "hs", "hs-1", {"10.0.0.1"}); });
    fill(kube::Kind::secret, [&](int i) {
      auto copy = std::make_shared<kube::Secret>(*certificate);
      copy->meta.key = {nth("ns", i), "tls"};
      return copy;
    });
  }

  // Median over changes that `edit` makes.
  template <class Edit>
  double median(Edit edit) {
    std::vector<double> spans;
    for (int round = 0; round < 51; ++round) {
      const auto event = edit(round);
      const auto begin = Clock::now();
      state.apply(event);
      translator.translate(state, state.take_dirty());
      spans.push_back(microseconds(Clock::now() - begin));
    }
    std::nth_element(spans.begin(), spans.begin() + 25, spans.end());
    return spans[25];
  }

  store::ClusterState state;
  Translator translator{options_at()};
};

class Timing : public ::testing::TestWithParam<int> {};

TEST_P(Timing, OneChangeAmongMany) {
  const int size = GetParam();
  Fleet fleet(size);
  const auto begin = Clock::now();
  const auto& translation = fleet.translator.translate(fleet.state, fleet.state.take_dirty());
  const auto whole = microseconds(Clock::now() - begin);
  ASSERT_EQ(translation.snapshot.hosts.size(), static_cast<std::size_t>(2 * size));
  const auto before = translation.snapshot;

  const auto endpoint = fleet.median(
      [&](int round) { return kube::Changed{shared(slice("ns7", "hs", "hs-1", {nth("10.0.1.", round)}))}; });
  EXPECT_EQ(before.hosts, translation.snapshot.hosts);
  std::size_t touched = 0;
  for (const auto& [name, cluster] : before.clusters)
    touched += translation.snapshot.clusters.at(name) != cluster;
  EXPECT_EQ(touched, 1u);

  const auto host = fleet.median([&](int round) {
    return kube::Changed{
        shared(homeserver("ns7", "hs", "s7.example.com", nth("m7-", round) + ".example.com", "tls"))};
  });
  EXPECT_EQ(translation.snapshot.hosts.size(), static_cast<std::size_t>(2 * size));
  const auto certificate = fleet.median([&](int round) {
    return kube::Changed{
        shared(secret("ns7", "tls", round % 2 ? "both" : "site", round % 2 ? "both" : "site"))};
  });
  std::printf(
      "%6d homeservers: first translation %.1f ms; median of one change: endpoint %.0f us, host %.0f us, "
      "certificate %.0f us\n",
      size, whole / 1000, endpoint, host, certificate);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Timing, ::testing::Values(1000, 10000));

}  // namespace
}  // namespace palpo::translate
