// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/request_policy.h"

#include <gtest/gtest.h>

namespace palpo::http {
namespace {

using std::chrono::milliseconds;

RequestPolicy policy_of(std::string_view target, Method method = Method::get,
                        const api::Defaults& defaults = {}) {
  static const api::Route route = api::default_route_to("c", "Test/h");
  api::Settings settings;
  settings.defaults = defaults;
  return compose_policy(settings, &route, matrix::endpoint_class(target), method);
}

TEST(RequestPolicyTest, TheKindOfEndpointRefinesTheSettings) {
  EXPECT_EQ(policy_of("/").response_head, milliseconds(60'000));
  EXPECT_EQ(policy_of("/").errors, ErrorForm::text);
  EXPECT_FALSE(policy_of("/").long_poll);
  const auto sync = policy_of("/_matrix/client/v3/sync?since=1&timeout=90000");
  EXPECT_EQ(sync.response_head, milliseconds(120'000));
  EXPECT_EQ(sync.errors, ErrorForm::matrix);
  EXPECT_TRUE(sync.long_poll);
  EXPECT_EQ(sync.owner, "Test/h");
}

TEST(RequestPolicyTest, TheSettingsBoundWhatARequestAsksFor) {
  api::Defaults defaults;
  defaults.response_head = milliseconds(1000);
  EXPECT_EQ(policy_of("/_matrix/client/v3/sync?since=1&timeout=90000", Method::get, defaults).response_head,
            milliseconds(1000));
}

TEST(RequestPolicyTest, OnlyWhatMayComeTwiceIsRepeated) {
  EXPECT_TRUE(policy_of("/_matrix/client/v3/rooms/r/send/m/1", Method::put).repeatable);
  EXPECT_FALSE(policy_of("/_matrix/client/v3/createRoom", Method::post).repeatable);
  EXPECT_FALSE(policy_of("/_matrix/media/v3/upload/example.com/abc", Method::put).repeatable);
}

}  // namespace
}  // namespace palpo::http
