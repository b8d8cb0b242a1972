// SPDX-License-Identifier: Apache-2.0
#include "dataplane/matrix/endpoint_class.h"

#include <gtest/gtest.h>

namespace palpo::matrix {
namespace {

TEST(EndpointClassTest, SaysInOnePlaceWhatServingDependsOn) {
  const auto sync = endpoint_class("/_matrix/client/v3/sync?since=1&timeout=30000");
  EXPECT_TRUE(sync.matrix);
  EXPECT_TRUE(sync.wait.long_poll);
  EXPECT_FALSE(sync.sent_once);
  const auto upload = endpoint_class("/_matrix/media/v3/upload/example.com/abc");
  EXPECT_TRUE(upload.matrix);
  EXPECT_TRUE(upload.sent_once);
  EXPECT_FALSE(upload.wait.long_poll);
  const auto other = endpoint_class("/index.html");
  EXPECT_FALSE(other.matrix);
  EXPECT_FALSE(other.sent_once);
  EXPECT_EQ(other.wait.until_head, std::chrono::seconds(60));
}

}  // namespace
}  // namespace palpo::matrix
