// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "base/clock.h"
#include "dataplane/api/delta.h"
#include "dataplane/api/json.h"
#include "dataplane/api/message.h"
#include "dataplane/api/random_model.h"
#include "dataplane/api/validate.h"
#include "dataplane/api/version.h"

namespace palpo::api {
namespace {

void expect_same(const Snapshot& a, const Snapshot& b) {
  EXPECT_EQ(version_of(a), version_of(b));
  EXPECT_EQ(to_pretty_json(a), to_pretty_json(b));
}

TEST(ContractProperty, ApplyingADifferenceGivesTheTarget) {
  const auto seed = test_seed(1);
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  RandomModel random(seed);
  for (int round = 0; round < 300; ++round) {
    const auto a = random.valid_snapshot(1 + random.below(8));
    const auto b = random.chance(80) ? random.changed(a) : random.valid_snapshot(1 + random.below(8));
    const auto there = apply(a, diff(a, b));
    ASSERT_TRUE(there.ok()) << there.error().message;
    expect_same(*there, b);
    const auto back = apply(b, diff(b, a));
    ASSERT_TRUE(back.ok()) << back.error().message;
    expect_same(*back, a);
    EXPECT_TRUE(diff(b, *there).empty());
    RunningVersion running;
    running.change({}, diff({}, a));
    EXPECT_EQ(running.value(), version_of(a));
    running.change(a, diff(a, b));
    EXPECT_EQ(running.value(), version_of(b));
    EXPECT_EQ(diff(a, b).empty(), version_of(a) == version_of(b));
    expect_same(*apply(Snapshot{}, diff(Snapshot{}, b)), b);
    if (HasFailure()) return;
  }
}

template <class Message, class Decode>
void expect_comes_back(const Message& message, Decode decode) {
  const auto again = decode(encode(message));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, message);
}

TEST(ContractProperty, DecodingGivesWhatWasEncoded) {
  const auto seed = test_seed(2);
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  RandomModel random(seed);
  const auto some_digest = [&] { return random.chance(50) ? std::optional(random.digest()) : std::nullopt; };
  for (int round = 0; round < 1000 && !testing::Test::HasFailure(); ++round) {
    Hello hello{.release = random.text(9), .version = some_digest(), .key_ids = {}};
    for (auto left = random.below(4); left > 0; --left) hello.key_ids.push_back(random.digest().hex());
    expect_comes_back(hello, decode_hello);
    expect_comes_back(Welcome{.release = random.text(9)}, decode_welcome);
    expect_comes_back(Ack{random.below(SIZE_MAX), random.digest()}, decode_ack);
    Nack nack{random.below(SIZE_MAX), some_digest(), random.text(40), {}};
    for (auto left = random.below(4); left > 0; --left)
      nack.faults.push_back({random.resource_id(), random.text(20)});
    expect_comes_back(nack, decode_nack);

    const Update update{random.below(SIZE_MAX), some_digest(), random.digest(), random.delta()};
    const auto again = decode_update(encode(update));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(encode(*again), encode(update));
    EXPECT_EQ(again->base, update.base);
    const auto expect_sealed_alike = [](const auto& a, const auto& b) {
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i]->value, b[i]->value);
        EXPECT_EQ(a[i]->digest, b[i]->digest);
      }
    };
    expect_sealed_alike(again->delta.put_hosts, update.delta.put_hosts);
    expect_sealed_alike(again->delta.put_clusters, update.delta.put_clusters);
    expect_sealed_alike(again->delta.put_certificates, update.delta.put_certificates);
  }
}

TEST(ContractProperty, OrderDoesNotShowInTheVersion) {
  const auto seed = test_seed(3);
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  RandomModel random(seed);
  for (int round = 0; round < 100; ++round) {
    const auto a = random.valid_snapshot(1 + random.below(10));
    auto delta = diff(Snapshot{}, a);
    random.shuffle(delta.put_hosts);
    random.shuffle(delta.put_clusters);
    random.shuffle(delta.put_certificates);
    for (auto& host : delta.put_hosts) {
      Host shuffled = host->value;
      random.shuffle(shuffled.routes);
      host = seal(std::move(shuffled));
    }
    const auto b = apply(Snapshot{}, delta);
    ASSERT_TRUE(b.ok());
    expect_same(a, *b);
    if (HasFailure()) return;
  }
}

TEST(ContractProperty, TheCheckOfAChangeFindsWhatTheWholeCheckFinds) {
  const auto seed = test_seed(4);
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  RandomModel random(seed);
  int faulty = 0;
  for (int round = 0; round < 300; ++round) {
    const auto a = random.valid_snapshot(1 + random.below(6));
    ASSERT_TRUE(validate(a).empty()) << validate(a)[0].message;
    const auto b = random.changed(a);
    auto whole = validate(b);
    auto change = validate_change(b, diff(a, b));
    std::sort(whole.begin(), whole.end());
    std::sort(change.begin(), change.end());
    EXPECT_EQ(whole, change);
    if (!whole.empty()) ++faulty;
    if (HasFailure()) return;
  }
  EXPECT_GT(faulty, 50) << "the generator makes too few faults to show anything";
}

// Not asserted: a number to look at.
TEST(ContractProperty, CostOfOneChangeAmongTenThousandHosts) {
  Snapshot a;
  for (int i = 0; i < 10'000; ++i) {
    const auto name = "h" + std::to_string(i) + ".example";
    Host host{.name = name};
    for (const auto* path : {"/_matrix", "/_synapse/client", "/.well-known/matrix/server"})
      host.routes.push_back(
          {.listeners = ListenerSet{}.with(Listener::https), .path = path, .action = ProxyTo{name}});
    a.hosts[name] = seal(std::move(host));
    a.clusters[name] = seal(Cluster{.name = name, .endpoints = {{"10.0.0.1", 8008}}});
  }
  const auto timed = [](const char* what, auto act) {
    const auto begin = Clock::now();
    auto result = act();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    std::cout << "  " << what << ": " << took.count() << " us\n";
    return result;
  };
  auto b = timed("copy of the snapshot", [&] { return Snapshot(a); });
  b.clusters["h77.example"] = seal(Cluster{.name = "h77.example", .endpoints = {{"10.0.0.2", 8008}}});
  const auto delta = timed("diff", [&] { return diff(a, b); });
  const auto version = timed("version_of", [&] { return version_of(b); });
  const auto json = timed("encode", [&] { return encode(Update{1, version, version, delta}); });
  const auto update = timed("decode", [&] { return decode_update(json); });
  const auto next = timed("apply", [&] { return apply(a, update->delta); });
  const auto faults = timed("validate_change", [&] { return validate_change(*next, update->delta); });
  EXPECT_EQ(version_of(*next), version);
  EXPECT_TRUE(faults.empty());
  EXPECT_LT(json.size(), 500U);

  const auto whole = timed("encode everything", [&] { return encode(Update{1, {}, version, diff({}, b)}); });
  const auto decoded = timed("decode everything", [&] { return decode_update(whole); });
  EXPECT_EQ(timed("validate everything", [&] { return validate(b).size(); }), 0U);
  std::cout << "  everything: " << whole.size() << " bytes\n";
  EXPECT_EQ(version_of(*apply({}, decoded->delta)), version);
}

}  // namespace
}  // namespace palpo::api
