// SPDX-License-Identifier: Apache-2.0
// `run`: wires source, loop, publisher, status writer and admin server together, and ends on SIGTERM or
// SIGINT.
#pragma once
#include "controller/commands/run_options.h"

namespace palpo::commands {

// The exit code: 0 after a signal, 1 when it could not start (said in one line on standard error).
int run_controller(const RunOptions& options);

}  // namespace palpo::commands
