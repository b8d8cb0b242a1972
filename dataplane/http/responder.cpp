// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/responder.h"

#include <initializer_list>
#include <utility>

#include "dataplane/matrix/error_body.h"
#include "dataplane/message/head_writer.h"

namespace palpo::http {

namespace {

constexpr HeaderField kAllow{"Allow", "GET, HEAD, OPTIONS"};

struct Content {
  std::string_view type;
  std::string body;
};

// Fields without a name are left out.
OwnResponse compose(int status, Content content, std::initializer_list<HeaderField> fields, bool cors,
                    const AnsweredRequest& request) {
  OwnResponse response;
  HeadWriter head(status, reason_phrase(status), response.text, response.head);
  head.field("Date", request.date);
  if (!content.type.empty()) head.field("Content-Type", content.type);
  if (status != 204) head.content_length(content.body.size());
  for (const HeaderField& field : fields) {
    if (!field.name.empty()) head.field(field.name, field.value);
  }
  if (cors) {
    for (const auto& [name, value] : matrix::kCorsFields) head.field(name, value);
  }
  head.field("X-Request-Id", request.id);
  head.finish();
  if (request.method == Method::head) {
    response.head.body = {};
  } else {
    response.body = std::move(content.body);
  }
  return response;
}

OwnResponse compose_error(const ErrorAnswer& answer, const AnsweredRequest& request) {
  constexpr HeaderField kNoStore{"Cache-Control", "no-store"};
  if (request.errors == ErrorForm::text)
    return compose(answer.status, {"text/plain; charset=utf-8", std::string(answer.text) + "\n"},
                   {kNoStore, answer.field}, false, request);
  return compose(answer.status, {"application/json", matrix::error_body(answer.errcode, answer.text)},
                 {kNoStore, answer.field, {"Access-Control-Expose-Headers", "Retry-After"}}, true, request);
}

bool is_preflight(const AnsweredRequest& request) {
  return request.method == Method::options && request.errors == ErrorForm::matrix;
}

}  // namespace

OwnResponse fixed_response(const api::FixedAnswer& answer, const AnsweredRequest& request) {
  if (request.method == Method::options) return compose(204, {}, {kAllow}, answer.cors, request);
  if (request.method != Method::get && request.method != Method::head)
    return error_response(ProxyError::method_not_allowed, request);
  HeaderField cached;
  if (!answer.cache_control.empty()) cached = {"Cache-Control", answer.cache_control};
  return compose(answer.status, {answer.content_type, answer.body}, {cached}, answer.cors, request);
}

OwnResponse refusal_response(const api::Refusal& refusal, const AnsweredRequest& request) {
  if (is_preflight(request)) return options_response(request);
  return compose_error(answer_for_refusal(refusal.status), request);
}

OwnResponse redirect_response(std::string_view authority, std::string_view target, std::uint16_t https_port,
                              const AnsweredRequest& request) {
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string location("https://");
  location.append(authority.substr(0, colon));
  if (https_port != 443) location.append(":").append(std::to_string(https_port));
  if (target.empty() || target.front() != '/') location.append("/");
  location.append(target);
  return compose(308, {}, {{"Location", location}}, true, request);
}

OwnResponse options_response(const AnsweredRequest& request) { return compose(204, {}, {}, true, request); }

OwnResponse error_response(ProxyError error, const AnsweredRequest& request) {
  const ErrorAnswer& answer = answer_for(error);
  const bool about_the_connection = answer.status == 408 || answer.status == 421;
  if (is_preflight(request) && !about_the_connection) return options_response(request);
  return compose_error(answer, request);
}

OwnResponse bad_request_response(int status, std::string_view reason, const AnsweredRequest& request) {
  const std::string_view errcode = status == 431   ? "M_TOO_LARGE"
                                   : status == 405 ? "M_UNRECOGNIZED"
                                                   : "M_UNKNOWN";
  return compose_error({status, errcode, reason, status == 405 ? kAllow : HeaderField{}}, request);
}

}  // namespace palpo::http
