// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/sync_times.h"

#include <gtest/gtest.h>

namespace palpo::kube {
namespace {

TEST(SyncTimes, TheOldestNamespaceCountsAndWhatWasNeverReadHasNone) {
  SyncTimes times;
  EXPECT_TRUE(times.samples().empty());
  const auto now = [] { return std::chrono::duration<double>(WallClock::now().time_since_epoch()).count(); };
  times.note({Kind::service, "a"});
  const double first = times.samples().at(0).value;
  EXPECT_NEAR(first, now(), 60);
  while (now() <= first) {
  }
  times.note({Kind::service, "b"});
  times.note({Kind::ingress, ""});
  const auto samples = times.samples();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].labels, (Labels{{"kind", "Ingress"}}));
  EXPECT_EQ(samples[1].labels, (Labels{{"kind", "Service"}}));
  EXPECT_EQ(samples[1].value, first);
  times.note({Kind::service, "a"});
  EXPECT_GT(times.samples()[1].value, first);
}

}  // namespace
}  // namespace palpo::kube
