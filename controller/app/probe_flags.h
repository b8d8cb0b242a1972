// SPDX-License-Identifier: Apache-2.0
// The flags of `probe`. Pure.
#pragma once
#include <vector>

#include "base/flags.h"
#include "controller/commands/probe_command.h"

namespace palpo::app {

std::vector<Flag> probe_flags(commands::ProbeOptions& options);

}  // namespace palpo::app
