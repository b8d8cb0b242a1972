// SPDX-License-Identifier: Apache-2.0
// Responses of the proxy itself as head and body: fixed answers, redirects, errors. Errors are Matrix objects
// on Matrix paths and a line of text elsewhere; a browser's preflight of a Matrix path gets a 204 instead, so
// that the page may read the error of the request proper. Pure but for the date it is given.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/api/model.h"
#include "dataplane/http/proxy_error.h"
#include "dataplane/http/request_policy.h"
#include "dataplane/message/head.h"

namespace palpo::http {

// A head with Content-Length and without anything about the connection.
struct OwnResponse {
  OwnResponse() = default;
  OwnResponse(OwnResponse&&) = default;  // text is too long to lie within its string: head's views stay valid
  std::string text;
  ResponseHead head;
  std::string body;  // empty for HEAD, though the head tells its size
};

// The request that is answered, as far as the response depends on it.
struct AnsweredRequest {
  Method method = Method::get;
  ErrorForm errors = ErrorForm::text;
  std::string_view date;  // IMF-fixdate
  std::string_view id;
};

OwnResponse fixed_response(const api::FixedAnswer& answer, const AnsweredRequest& request);
OwnResponse refusal_response(const api::Refusal& refusal, const AnsweredRequest& request);
OwnResponse redirect_response(std::string_view authority, std::string_view target, std::uint16_t https_port,
                              const AnsweredRequest& request);
OwnResponse options_response(const AnsweredRequest& request);  // OPTIONS *
OwnResponse error_response(ProxyError error, const AnsweredRequest& request);
OwnResponse bad_request_response(int status, std::string_view reason, const AnsweredRequest& request);

}  // namespace palpo::http
