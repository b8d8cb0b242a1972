// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/responder.h"

#include <utility>

#include "dataplane/matrix/error_body.h"

namespace palpo::http {

namespace {

constexpr std::string_view kAllow = "Allow: GET, HEAD, OPTIONS\r\n";

OwnResponse compose(int status, std::string_view content_type, std::string_view fields, std::string body,
                    const AnsweredRequest& request) {
  OwnResponse response;
  std::string& head = response.head_text;
  head.reserve(512);
  head.append("HTTP/1.1 ")
      .append(std::to_string(status))
      .append(" ")
      .append(reason_phrase(status))
      .append("\r\n");
  head.append("Date: ").append(request.date).append("\r\n");
  if (!content_type.empty()) head.append("Content-Type: ").append(content_type).append("\r\n");
  if (status != 204) head.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  head.append(fields);
  head.append("X-Request-Id: ").append(request.id).append("\r\n\r\n");
  if (request.method != Method::head) response.body = std::move(body);
  return response;
}

OwnResponse compose_error(const ErrorAnswer& answer, const AnsweredRequest& request) {
  std::string fields("Cache-Control: no-store\r\n");
  fields.append(answer.fields);
  if (!request.on_matrix_path)
    return compose(answer.status, "text/plain; charset=utf-8", fields, std::string(answer.text) + "\n",
                   request);
  fields.append(matrix::kCorsHeaders).append("Access-Control-Expose-Headers: Retry-After\r\n");
  return compose(answer.status, "application/json", fields, matrix::error_body(answer.errcode, answer.text),
                 request);
}

bool is_preflight(const AnsweredRequest& request) {
  return request.method == Method::options && request.on_matrix_path;
}

}  // namespace

OwnResponse fixed_response(const api::FixedAnswer& answer, const AnsweredRequest& request) {
  std::string fields(answer.cors ? matrix::kCorsHeaders : std::string_view());
  if (request.method == Method::options) {
    fields.append(kAllow);
    return compose(204, "", fields, "", request);
  }
  if (request.method != Method::get && request.method != Method::head) {
    return error_response(ProxyError::method_not_allowed, request);
  }
  if (!answer.cache_control.empty())
    fields.append("Cache-Control: ").append(answer.cache_control).append("\r\n");
  return compose(answer.status, answer.content_type, fields, answer.body, request);
}

OwnResponse refusal_response(const api::Refusal& refusal, const AnsweredRequest& request) {
  if (is_preflight(request)) return options_response(request);
  return compose_error(answer_for_refusal(refusal.status), request);
}

OwnResponse redirect_response(std::string_view authority, std::string_view target, std::uint16_t https_port,
                              const AnsweredRequest& request) {
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string fields("Location: https://");
  fields.append(authority.substr(0, colon));
  if (https_port != 443) fields.append(":").append(std::to_string(https_port));
  if (target.empty() || target.front() != '/') fields.append("/");
  fields.append(target).append("\r\n").append(matrix::kCorsHeaders);
  return compose(308, "", fields, "", request);
}

OwnResponse options_response(const AnsweredRequest& request) {
  return compose(204, "", matrix::kCorsHeaders, "", request);
}

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
  return compose_error({status, errcode, reason, status == 405 ? kAllow : std::string_view()}, request);
}

}  // namespace palpo::http
