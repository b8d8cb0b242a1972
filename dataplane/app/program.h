// SPDX-License-Identifier: Apache-2.0
// The program put together: workers, subscriber, admin pages, signals, and its life from "no configuration
// yet" to drained. Main thread.
#pragma once
#include "dataplane/app/options.h"

namespace palpo::app {

// Until a signal ends it; the exit code.
int run_dataplane(const Options& options);

}  // namespace palpo::app
