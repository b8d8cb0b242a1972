// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/head_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "dataplane/message/field_kind.h"

namespace palpo::http {

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr HeadFault kTooManyFields{431, "too many header fields"};
constexpr HeadFault kFolded{400, "folded header field"};
constexpr HeadFault kLookalike{400, "a field that some read as Content-Length or Transfer-Encoding"};

// Records where the parts are. The underlying parser runs over a complete head and stops behind it: bodies
// are framed by our own rules.
template <bool is_request>
class OffsetParser final : public beast_http::basic_parser<is_request> {
 public:
  OffsetParser(std::string_view text, Head& head) : text_(text), head_(head) {
    this->header_limit(static_cast<std::uint32_t>(kMaxHeadSize + 1));
    this->skip(true);
  }

  HeadFault run() {
    error_code failed;
    this->put(boost::asio::const_buffer(text_.data(), text_.size()), failed);
    if (fault_) return fault_;
    if (failed || !this->is_header_done() || line_end_ + 2 != text_.size()) return {400, "malformed head"};
    head_.keep_alive = this->keep_alive();
    return {};
  }

  beast_http::verb verb = beast_http::verb::unknown;
  string_view method;
  string_view target;
  string_view reason;
  int status = 0;

 private:
  void on_request_impl(beast_http::verb parsed_verb, string_view parsed_method, string_view parsed_target,
                       int version, error_code&) override {
    verb = parsed_verb;
    method = parsed_method;
    target = parsed_target;
    start(version, offset(parsed_target.data() + parsed_target.size()) + sizeof " HTTP/1.1\r\n" - 1);
  }
  void on_response_impl(int parsed_status, string_view parsed_reason, int version, error_code&) override {
    status = parsed_status;
    reason = parsed_reason;
    const char* end = static_cast<const char*>(std::memchr(text_.data(), '\n', text_.size()));
    start(version, offset(end) + 1);
  }
  void start(int version, std::size_t fields_begin) {
    head_.text = text_;
    head_.http_11 = version == 11;
    head_.count = 0;
    head_.hosts = head_.content_lengths = head_.transfer_encodings = 0;
    head_.any_cut = head_.has_server = false;
    head_.fields_begin = static_cast<std::uint16_t>(fields_begin);
    line_end_ = fields_begin;
  }

  void on_field_impl(beast_http::field, string_view name, string_view value, error_code& failed) override {
    if (head_.count == kMaxFields) return refuse(kTooManyFields, failed);
    // A folded line shows: its value was put together elsewhere or begins behind a line's end, or the next
    // line does not follow this one.
    const std::size_t line = offset(name.data());
    std::size_t value_at = skip_blanks(line + name.size() + 1);
    if (line != line_end_ || (!value.empty() && offset(value.data()) != value_at))
      return refuse(kFolded, failed);
    const std::size_t end = skip_blanks(value_at + value.size());
    if (text_[end] != '\r') return refuse(kFolded, failed);
    if (value.empty()) value_at = end;
    line_end_ = end + 2;
    Field& field = head_.fields[head_.count++];
    field.line = static_cast<std::uint16_t>(line);
    field.name_size = static_cast<std::uint16_t>(name.size());
    field.value = static_cast<std::uint16_t>(value_at);
    field.value_size = static_cast<std::uint16_t>(value.size());
    field.end = static_cast<std::uint16_t>(line_end_);
    field.kind = field_kind(head_.name(field));
    field.cut = false;
    note(field);
  }

  void note(Field& field) {
    switch (field.kind) {
      case FieldKind::other:
      case FieldKind::expect:
        return;
      case FieldKind::host:
        ++head_.hosts;
        return;
      case FieldKind::server:
        head_.has_server = true;
        return;
      case FieldKind::content_length:
        ++head_.content_lengths;
        return;
      case FieldKind::transfer_encoding:
        ++head_.transfer_encodings;
        break;
      case FieldKind::lookalike:
        if (is_request) fault_ = kLookalike;
        break;
      case FieldKind::spoofable:
        if (!is_request) return;  // of a response: the homeserver's own business
        break;
      default:
        break;
    }
    field.cut = true;
    head_.any_cut = true;
  }

  void refuse(HeadFault fault, error_code& failed) {
    fault_ = fault;
    failed = beast_http::error::bad_field;
  }
  // Of a pointer that may lie elsewhere: then far beyond the text.
  std::size_t offset(const char* at) const {
    return reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(text_.data());
  }
  std::size_t skip_blanks(std::size_t at) const {
    while (at + 1 < text_.size() && (text_[at] == ' ' || text_[at] == '\t')) ++at;
    return at;
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  std::string_view text_;
  Head& head_;
  std::size_t line_end_ = 0;  // behind the last line seen
  HeadFault fault_;
};

std::string_view view(string_view text) { return {text.data(), text.size()}; }

Method to_method(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
      return Method::get;
    case beast_http::verb::head:
      return Method::head;
    case beast_http::verb::post:
      return Method::post;
    case beast_http::verb::put:
      return Method::put;
    case beast_http::verb::delete_:
      return Method::del;
    case beast_http::verb::options:
      return Method::options;
    case beast_http::verb::connect:
      return Method::connect;
    case beast_http::verb::trace:
      return Method::trace;
    default:
      return Method::other;
  }
}

}  // namespace

HeadFault parse_request_head(std::string_view text, RequestHead& out) {
  if (text.size() > kMaxHeadSize) return {431, "request head too large"};
  OffsetParser<true> parser(text, out);
  if (const HeadFault fault = parser.run()) return fault;
  out.absolute_form = out.wants_websocket = false;
  out.method = to_method(parser.verb);
  out.method_text = view(parser.method);
  out.target = view(parser.target);
  if (out.hosts > 1) return {400, "more than one Host field"};
  const bool hostless = out.hosts == 0 && !out.http_11;  // as HTTP/1.0 has it: a host that nobody holds
  if (out.hosts == 0 && !hostless) return {400, "no Host field"};
  out.authority = out.value_of(FieldKind::host);
  if (const HeadFault fault = read_framing(out, BodyKind::none, out.body)) return fault;
  if (!hostless && !is_authority(out.authority)) return {400, "malformed Host field"};
  if (const HeadFault fault = check_target(out)) return fault;
  if (out.absolute_form && !is_authority(out.authority)) return {400, "malformed authority"};
  if (!out.http_11 && equals_ignoring_case(out.value_of(FieldKind::expect), "100-continue"))
    cut_all(out, FieldKind::expect);
  bool upgrade = false;
  if (out.any_cut) {
    if (const HeadFault fault = apply_connection(out, upgrade)) return fault;
  }
  if (upgrade) {
    out.wants_websocket = out.http_11 && out.method == Method::get && out.body.kind == BodyKind::none &&
                          equals_ignoring_case(out.value_of(FieldKind::upgrade), "websocket");
  }
  return {};
}

HeadFault parse_response_head(std::string_view text, ResponseHead& out) {
  if (text.size() > kMaxHeadSize) return {502, "response head too large"};
  OffsetParser<false> parser(text, out);
  if (HeadFault fault = parser.run()) return {502, fault.reason};
  out.status = parser.status;
  if (out.status < 100 || out.status > 599) return {502, "no such status"};
  out.status_text = text.substr(9, out.fields_begin - 11U);
  if (HeadFault fault = read_framing(out, BodyKind::until_end, out.body)) return {502, fault.reason};
  if (out.status < 200 || out.status == 204 || out.status == 304) out.body = {};
  // Nothing may follow these, and a client that believes the field would wait for it.
  if (out.status < 200 || out.status == 204) cut_all(out, FieldKind::content_length);
  bool upgrade = false;
  if (out.any_cut) {
    if (HeadFault fault = apply_connection(out, upgrade)) return {502, fault.reason};
  }
  out.websocket =
      upgrade && out.status == 101 && equals_ignoring_case(out.value_of(FieldKind::upgrade), "websocket");
  return {};
}

}  // namespace palpo::http
