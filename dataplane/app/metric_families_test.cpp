// SPDX-License-Identifier: Apache-2.0
#include "dataplane/app/metric_families.h"

#include <gtest/gtest.h>

#include <map>

namespace palpo::app {
namespace {

TEST(DataplaneFamilies, AreSoundAndDistinct) {
  std::map<std::string_view, int> names;
  for (const auto* const family : dataplane_families()) {
    EXPECT_EQ(family_fault(*family), std::nullopt);
    EXPECT_EQ(++names[family->name], 1) << family->name;
  }
}

}  // namespace
}  // namespace palpo::app
