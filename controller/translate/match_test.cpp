// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/match.h"

#include <gtest/gtest.h>

namespace palpo::translate {
namespace {

constexpr auto kHttp = api::ListenerSet{}.with(api::Listener::http);
constexpr auto kHttps = api::ListenerSet{}.with(api::Listener::https);

Match prefix(const std::string& path, api::ListenerSet listeners = kHttps) {
  return {listeners, api::PathType::prefix, path};
}
Match exact(const std::string& path) { return {kHttps, api::PathType::exact, path}; }

TEST(Match, RivalsWantTheSameOnOneListener) {
  EXPECT_TRUE(rivals(prefix("/a"), prefix("/a", kHttp.with(api::Listener::https))));
  EXPECT_FALSE(rivals(prefix("/a"), prefix("/a", kHttp)));
  EXPECT_FALSE(rivals(prefix("/a"), prefix("/a/b")));
  EXPECT_FALSE(rivals(prefix("/a"), exact("/a"))) << "the exact one is closer";
}

TEST(Match, APrefixCoversWhatIsBelowIt) {
  EXPECT_TRUE(covers(prefix("/"), prefix("/a")));
  EXPECT_TRUE(covers(prefix("/a"), exact("/a")));
  EXPECT_TRUE(covers(prefix("/a"), prefix("/a/b")));
  EXPECT_FALSE(covers(prefix("/a"), prefix("/ab")));
  EXPECT_FALSE(covers(prefix("/a/b"), prefix("/a")));
  EXPECT_FALSE(covers(prefix("/a", kHttp), prefix("/a/b")));
  EXPECT_TRUE(covers(exact("/a"), exact("/a")));
  EXPECT_FALSE(covers(exact("/a"), exact("/a/b")));
}

TEST(Match, ARouteHasTheMatchThatItWasGiven) {
  api::Route route;
  set_match(route, exact("/a"));
  EXPECT_EQ(match_of(route), exact("/a"));
}

}  // namespace
}  // namespace palpo::translate
