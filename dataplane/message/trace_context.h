// SPDX-License-Identifier: Apache-2.0
// The trace that a request belongs to, by its client's word (W3C Trace Context), for the access log. The
// fields traceparent and tracestate go on as they came, whatever they hold. Pure, any thread, no allocation.
#pragma once
#include <cstddef>
#include <string_view>

#include "dataplane/message/head.h"

namespace palpo::http {

// version, trace id, parent id and flags, as every version begins.
constexpr std::size_t kTraceParentSize = 55;

// The first kTraceParentSize bytes of the one traceparent field, within head.text. Empty: there is none,
// there are several, or it is not well formed.
std::string_view traceparent_of(const Head& head);

bool is_traceparent(std::string_view value);

}  // namespace palpo::http
