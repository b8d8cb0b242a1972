// SPDX-License-Identifier: Apache-2.0
// From the bytes of a complete head to where its parts are, admitted or refused (admission.h). Stricter than
// the parser underneath (Beast), whose leniencies the test lists. Pure, any thread.
#pragma once
#include <string_view>

#include "dataplane/message/admission.h"
#include "dataplane/message/head.h"

namespace palpo::http {

HeadFault parse_request_head(std::string_view text, RequestHead& out);
HeadFault parse_response_head(std::string_view text, ResponseHead& out);

}  // namespace palpo::http
