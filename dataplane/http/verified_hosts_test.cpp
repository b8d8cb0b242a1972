// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/verified_hosts.h"

#include <gtest/gtest.h>

namespace palpo::http {
namespace {

TEST(VerifiedHostsTest, RemembersSeveralAndForgetsTheOldest) {
  VerifiedHosts hosts;
  EXPECT_FALSE(hosts.has("h0.test"));
  for (std::size_t i = 0; i < VerifiedHosts::kMost + 1; ++i) hosts.add("h" + std::to_string(i) + ".test");
  EXPECT_FALSE(hosts.has("h0.test"));
  for (std::size_t i = 1; i < VerifiedHosts::kMost + 1; ++i)
    EXPECT_TRUE(hosts.has("h" + std::to_string(i) + ".test")) << i;
}

}  // namespace
}  // namespace palpo::http
