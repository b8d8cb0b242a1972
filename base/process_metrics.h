// SPDX-License-Identifier: Apache-2.0
// What every program shows of itself: the usual process_* families, its version and its log. Linux's /proc,
// read when scraped. Registers once; collecting is safe on any thread.
#pragma once
#include "base/metrics.h"

namespace palpo {

void register_process_metrics(Metrics& metrics);
Families process_families();

}  // namespace palpo
