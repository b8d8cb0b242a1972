// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/request_policy.h"

#include <algorithm>

namespace palpo::http {

RequestPolicy compose_policy(const Timeouts& timeouts, const Limits& limits, std::string_view owner,
                             const matrix::EndpointClass& endpoint, Method method) {
  RequestPolicy policy;
  policy.client_idle = timeouts.client_idle;
  policy.upstream_idle = timeouts.upstream_idle;
  policy.response_head =
      std::min<std::chrono::milliseconds>(endpoint.wait.until_head, timeouts.response_head);
  policy.tunnel_idle = timeouts.tunnel_idle;
  policy.max_body = limits.request_body;
  policy.kept_request = limits.kept_request;
  policy.interim_responses = limits.interim_responses;
  policy.repeatable = is_idempotent(method) && !endpoint.sent_once;
  policy.long_poll = endpoint.wait.long_poll;
  policy.errors = endpoint.matrix ? ErrorForm::matrix : ErrorForm::text;
  policy.owner = owner;
  return policy;
}

}  // namespace palpo::http
