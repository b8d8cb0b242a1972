// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/request_policy.h"

#include <algorithm>

namespace palpo::http {

RequestPolicy compose_policy(const api::Settings& settings, const api::Route* route,
                             const matrix::EndpointClass& endpoint, Method method) {
  const api::Defaults& defaults = settings.defaults;
  RequestPolicy policy;
  policy.client_idle = defaults.client_idle;
  policy.upstream_idle = defaults.upstream_idle;
  policy.response_head =
      std::min<std::chrono::milliseconds>(endpoint.wait.until_head, defaults.response_head);
  policy.tunnel_idle = defaults.tunnel_idle;
  policy.max_body = defaults.request_body;
  policy.kept_request = defaults.kept_request;
  policy.interim_responses = defaults.interim_responses;
  policy.repeatable = is_idempotent(method) && !endpoint.sent_once;
  policy.long_poll = endpoint.wait.long_poll;
  policy.errors = endpoint.matrix ? ErrorForm::matrix : ErrorForm::text;
  if (route != nullptr) policy.owner = route->owner;
  return policy;
}

}  // namespace palpo::http
