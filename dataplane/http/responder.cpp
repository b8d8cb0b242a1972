// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/responder.h"

#include <utility>

#include "dataplane/matrix/error_body.h"

namespace palpo::http {

namespace {

constexpr std::string_view kAllow = "Allow: GET, HEAD, OPTIONS\r\n";

OwnResponse compose(int status, std::string_view content_type, std::string_view fields, std::string body,
                    Method method, const ResponseStamp& stamp) {
  OwnResponse response;
  std::string& head = response.head_text;
  head.reserve(512);
  head.append("HTTP/1.1 ")
      .append(std::to_string(status))
      .append(" ")
      .append(reason_phrase(status))
      .append("\r\n");
  head.append("Date: ").append(stamp.date).append("\r\n");
  if (!content_type.empty()) head.append("Content-Type: ").append(content_type).append("\r\n");
  if (status != 204) head.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  head.append(fields);
  head.append("X-Request-Id: ").append(stamp.request_id).append("\r\n\r\n");
  if (method != Method::head) response.body = std::move(body);
  return response;
}

OwnResponse compose_error(int status, std::string_view errcode, std::string_view text,
                          std::string_view fields, Method method, const ResponseStamp& stamp) {
  std::string all(matrix::kCorsHeaders);
  all.append("Access-Control-Expose-Headers: Retry-After\r\n")
      .append("Cache-Control: no-store\r\n")
      .append(fields);
  return compose(status, "application/json", all, matrix::error_body(errcode, text), method, stamp);
}

}  // namespace

OwnResponse fixed_response(const api::FixedAnswer& answer, Method method, const ResponseStamp& stamp) {
  std::string fields(answer.cors ? matrix::kCorsHeaders : std::string_view());
  if (method == Method::options) {
    fields.append(kAllow);
    return compose(204, "", fields, "", method, stamp);
  }
  if (method != Method::get && method != Method::head) {
    return error_response(ProxyError::method_not_allowed, method, stamp);
  }
  if (!answer.cache_control.empty())
    fields.append("Cache-Control: ").append(answer.cache_control).append("\r\n");
  return compose(answer.status, answer.content_type, fields, answer.body, method, stamp);
}

OwnResponse redirect_response(std::string_view authority, std::string_view target, std::uint16_t https_port,
                              const ResponseStamp& stamp) {
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string fields("Location: https://");
  fields.append(authority.substr(0, colon));
  if (https_port != 443) fields.append(":").append(std::to_string(https_port));
  if (target.empty() || target.front() != '/') fields.append("/");
  fields.append(target).append("\r\n").append(matrix::kCorsHeaders);
  return compose(308, "", fields, "", Method::get, stamp);
}

OwnResponse options_response(const ResponseStamp& stamp) {
  return compose(204, "", matrix::kCorsHeaders, "", Method::options, stamp);
}

OwnResponse error_response(ProxyError error, Method method, const ResponseStamp& stamp) {
  const ErrorAnswer& answer = answer_for(error);
  return compose_error(answer.status, answer.errcode, answer.text, answer.fields, method, stamp);
}

OwnResponse refusal_response(int status, std::string_view reason, const ResponseStamp& stamp) {
  const std::string_view errcode = status == 431   ? "M_TOO_LARGE"
                                   : status == 405 ? "M_UNRECOGNIZED"
                                                   : "M_UNKNOWN";
  return compose_error(status, errcode, reason, status == 405 ? kAllow : std::string_view(), Method::get,
                       stamp);
}

}  // namespace palpo::http
