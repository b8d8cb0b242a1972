// SPDX-License-Identifier: Apache-2.0
// Heads of requests and responses: what is accepted lies inside the bytes that came, has one way to be
// framed, and is forwarded with its target byte for byte.
#include <string>
#include <string_view>

#include "base/check.h"
#include "dataplane/message/head_parser.h"
#include "dataplane/message/head_text.h"

namespace {

using namespace palpo::http;

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_fields(const Head& head) {
  PALPO_CHECK(head.count <= kMaxFields);
  std::size_t before = head.fields_begin;
  for (std::size_t i = 0; i < head.count; ++i) {
    const auto& field = head.fields[i];
    PALPO_CHECK(field.line == before);
    PALPO_CHECK(field.end > field.line && field.end <= head.text.size());
    PALPO_CHECK(field.name_size > 0);
    PALPO_CHECK(head.text[field.line + field.name_size] == ':');
    PALPO_CHECK(field.value + field.value_size <= field.end);
    PALPO_CHECK(head.value(field).find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    before = field.end;
  }
  PALPO_CHECK(before + 2 == head.text.size());
  PALPO_CHECK(head.content_lengths + head.transfer_encodings <= 1);
}

void check_request(std::string_view text) {
  RequestHead head;
  if (const auto fault = parse_request_head(text, head)) {
    PALPO_CHECK(fault.status >= 400 && fault.status < 600);
    PALPO_CHECK(fault.reason != nullptr);
    return;
  }
  check_fields(head);
  PALPO_CHECK(inside(head.method_text, text) && inside(head.target, text));
  PALPO_CHECK(!head.target.empty() || head.absolute_form);  // "http://host" has no path
  for (const char c : head.target) PALPO_CHECK(static_cast<unsigned char>(c) > 0x20 && c != 0x7f);
  PALPO_CHECK(head.hosts <= 1);
  PALPO_CHECK(head.body.kind != BodyKind::until_end);
  if (!head.absolute_form)
    PALPO_CHECK(text.starts_with(std::string(head.method_text) + ' ' + std::string(head.target) + ' '));
}

void check_response(std::string_view text) {
  ResponseHead head;
  if (const auto fault = parse_response_head(text, head)) {
    PALPO_CHECK(fault.reason != nullptr);
    return;
  }
  check_fields(head);
  PALPO_CHECK(head.status >= 100 && head.status <= 999);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto end = find_head_end(bytes, 0);
  PALPO_CHECK(end <= size);
  for (const std::size_t seen : {std::size_t{1}, size / 2, size})
    if (seen <= size && find_head_end(bytes.substr(0, seen), 0) == 0)
      PALPO_CHECK(find_head_end(bytes, seen) == end);
  bool bare = false;
  for (std::size_t seen = 0; seen < size; ++seen)
    bare = bare || has_bare_line_feed(bytes.substr(0, seen + 1), seen);
  PALPO_CHECK(bare == has_bare_line_feed(bytes, 0));
  static_cast<void>(target_of_bad_head(bytes));
  const auto completed = with_complete_status_line(bytes);
  PALPO_CHECK(completed.empty() || completed.size() == size + 1);
  if (end == 0 || end > kMaxHeadSize) return 0;
  check_request(bytes.substr(0, end));
  check_response(bytes.substr(0, end));
  return 0;
}
