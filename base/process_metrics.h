// SPDX-License-Identifier: Apache-2.0
// What every program shows of itself: the usual process_* families and palpo_ingress_build_info. Linux's
// /proc, read when scraped. Registers once; collecting is safe on any thread.
#pragma once
#include "base/metrics.h"

namespace palpo {

void register_process_metrics(Metrics& metrics);

}  // namespace palpo
