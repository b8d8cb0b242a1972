// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/admission.h"

#include <algorithm>

#include "base/ascii.h"
#include "dataplane/message/field_kind.h"

namespace palpo::http {

namespace {

constexpr std::size_t kMaxConnectionTokens = 32;  // each is compared with every field

bool parse_size(std::string_view digits, std::uint64_t& size) {
  if (digits.empty() || digits.size() > 18) return false;
  size = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return false;
    size = size * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

// False: on_token wanted no more.
template <class OnToken>
bool for_each_token(std::string_view list, OnToken&& on_token) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view token = trimmed(list.substr(0, comma));
    if (!token.empty() && !on_token(token)) return false;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return true;
}

// "http://authority/path?query" becomes the authority and what an origin server is asked for.
HeadFault split_absolute_form(RequestHead& head) {
  const std::size_t scheme_end = head.target.find("://");
  if (scheme_end == std::string_view::npos) return {400, "malformed request target"};
  const std::string_view scheme = head.target.substr(0, scheme_end);
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) {
    return {400, "request target of an unknown scheme"};
  }
  const std::string_view rest = head.target.substr(scheme_end + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  head.authority = rest.substr(0, authority_end);
  head.target = rest.substr(authority_end);
  head.absolute_form = true;
  if (head.target.empty() && head.method == Method::options) head.target = "*";
  cut_all(head, FieldKind::host);
  return {};
}

}  // namespace

void cut_all(Head& head, FieldKind kind) {
  for (std::size_t i = 0; i < head.count; ++i) {
    if (head.fields[i].kind == kind) head.fields[i].cut = head.any_cut = true;
  }
}

HeadFault read_framing(const Head& head, BodyKind nothing_said, Framing& framing) {
  framing = {nothing_said, 0};
  if (head.transfer_encodings > 0) {
    if (head.content_lengths > 0) return {400, "both Transfer-Encoding and Content-Length"};
    if (head.transfer_encodings > 1 || !head.http_11 ||
        !equals_ignoring_case(head.value_of(FieldKind::transfer_encoding), "chunked")) {
      return {400, "Transfer-Encoding other than chunked"};
    }
    framing.kind = BodyKind::chunked;
  } else if (head.content_lengths > 0) {
    if (head.content_lengths > 1 || !parse_size(head.value_of(FieldKind::content_length), framing.size)) {
      return {400, "Content-Length is not one number"};
    }
    framing.kind = framing.size > 0 ? BodyKind::sized : BodyKind::none;
  }
  return {};
}

HeadFault apply_connection(Head& head, bool& upgrade) {
  std::size_t tokens = 0;
  const auto apply = [&](std::string_view token) {
    if (++tokens > kMaxConnectionTokens) return false;
    if (equals_ignoring_case(token, "close") || equals_ignoring_case(token, "keep-alive")) return true;
    if (equals_ignoring_case(token, "upgrade")) upgrade = true;
    for (std::size_t k = 0; k < head.count; ++k) {
      Field& field = head.fields[k];
      const bool kept = field.kind == FieldKind::host || field.kind == FieldKind::content_length;
      if (!kept && equal_ignoring_case(head.name(field), token)) field.cut = true;
    }
    return true;
  };
  for (std::size_t i = 0; i < head.count; ++i) {
    if (head.fields[i].kind == FieldKind::connection && !for_each_token(head.value(head.fields[i]), apply))
      return {431, "too many options in Connection"};
  }
  return {};
}

HeadFault check_target(RequestHead& head) {
  if (head.method == Method::connect || head.method == Method::trace) return {405, "method not allowed"};
  if (head.target.find('#') != std::string_view::npos) return {400, "a fragment in the request target"};
  if (head.target.front() == '/') return {};
  if (head.target == "*") {
    return head.method == Method::options ? HeadFault{} : HeadFault{400, "malformed request target"};
  }
  return split_absolute_form(head);
}

bool is_authority(std::string_view text) {
  constexpr std::size_t kMaxIpv6 = 45;  // of the longest text of an address
  const auto is_name = [&](char c) {
    return is_ascii_digit(c) || is_ascii_letter(c) || c == '-' || c == '.' || c == '_';
  };
  const auto is_ipv6 = [&](char c) {
    return is_ascii_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  };
  std::size_t at = 0;
  if (!text.empty() && text.front() == '[') {
    for (at = 1; at < text.size() && is_ipv6(text[at]); ++at) {
    }
    if (at < 3 || at > kMaxIpv6 + 1 || at == text.size() || text[at++] != ']') return false;
  } else {
    while (at < text.size() && is_name(text[at])) ++at;
    if (at == 0 || at > 255) return false;
  }
  if (at == text.size()) return true;
  const std::string_view port = text.substr(at);
  if (port.front() != ':' || port.size() < 2 || port.size() > 6) return false;
  for (const char c : port.substr(1)) {
    if (!is_ascii_digit(c)) return false;
  }
  return true;
}

}  // namespace palpo::http
