// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/metrics_command.h"

#include <gtest/gtest.h>

#include <map>

namespace palpo::commands {
namespace {

TEST(ControllerFamilies, AreSoundAndDistinct) {
  std::map<std::string_view, int> names;
  for (const auto* const family : controller_families()) {
    EXPECT_EQ(family_fault(*family), std::nullopt);
    EXPECT_EQ(++names[family->name], 1) << family->name;
  }
}

}  // namespace
}  // namespace palpo::commands
