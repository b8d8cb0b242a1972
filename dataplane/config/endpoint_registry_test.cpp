// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/endpoint_registry.h"

#include <gtest/gtest.h>

namespace palpo::config {
namespace {

TEST(EndpointRegistry, OneIdAnAddressWhileItIsUsed) {
  EndpointRegistry registry;
  const auto a = registry.acquire({"192.0.2.1", 80});
  const auto same = registry.acquire({"192.0.2.1", 80});
  const auto port = registry.acquire({"192.0.2.1", 81});
  const auto name = registry.acquire({"hs.example", 80});
  const auto v6 = registry.acquire({"2001:db8::1", 80});
  EXPECT_EQ(a.id, same.id);
  EXPECT_NE(a.id, port.id);
  EXPECT_NE(a.id, name.id);
  EXPECT_FALSE(a.is_name);
  EXPECT_FALSE(v6.is_name);
  EXPECT_TRUE(name.is_name);
  EXPECT_EQ(*registry.ids(), (std::vector<std::uint64_t>{a.id, port.id, name.id, v6.id}));

  registry.release(a);
  EXPECT_EQ(registry.ids()->size(), 4u);  // used once more
  registry.release(same);
  EXPECT_EQ(*registry.ids(), (std::vector<std::uint64_t>{port.id, name.id, v6.id}));
}

TEST(EndpointRegistry, AnIdIsNeverGivenTwice) {
  EndpointRegistry registry;
  const auto a = registry.acquire({"192.0.2.1", 80});
  registry.release(a);
  const auto b = registry.acquire({"192.0.2.2", 80});
  const auto again = registry.acquire({"192.0.2.1", 80});
  EXPECT_NE(b.id, a.id);
  EXPECT_NE(again.id, a.id);
  EXPECT_NE(again.id, b.id);
}

TEST(EndpointRegistry, IdsAreTheSameObjectUntilTheyChange) {
  EndpointRegistry registry;
  const auto a = registry.acquire({"192.0.2.1", 80});
  const auto before = registry.ids();
  const auto more = registry.acquire({"192.0.2.1", 80});
  registry.release(more);
  EXPECT_EQ(registry.ids(), before);
  registry.acquire({"192.0.2.2", 80});
  EXPECT_NE(registry.ids(), before);
  EXPECT_EQ(before->size(), 1u);
  EXPECT_EQ((*before)[0], a.id);
}

}  // namespace
}  // namespace palpo::config
