// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/head_writer.h"

#include "base/check.h"
#include "dataplane/message/field_kind.h"

namespace palpo::http {

HeadWriter::HeadWriter(int status, std::string_view reason, std::string& text, ResponseHead& head)
    : text_(text), head_(head) {
  text_.clear();
  text_.reserve(512);
  text_.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason).append("\r\n");
  head_.status = status;
  head_.http_11 = head_.keep_alive = true;
  head_.fields_begin = static_cast<std::uint16_t>(text_.size());
}

void HeadWriter::add(std::string_view name, std::string_view value, FieldKind kind) {
  PALPO_CHECK(head_.count < kMaxFields);
  const std::size_t line = text_.size();
  text_.append(name).append(": ").append(value).append("\r\n");
  PALPO_CHECK(text_.size() <= UINT16_MAX);
  Field& field = head_.fields[head_.count++];
  field.line = static_cast<std::uint16_t>(line);
  field.name_size = static_cast<std::uint16_t>(name.size());
  field.value = static_cast<std::uint16_t>(line + name.size() + 2);
  field.value_size = static_cast<std::uint16_t>(value.size());
  field.end = static_cast<std::uint16_t>(text_.size());
  field.kind = kind;
  field.cut = false;
}

void HeadWriter::field(std::string_view name, std::string_view value) { add(name, value, field_kind(name)); }

void HeadWriter::content_length(std::uint64_t size) {
  add("Content-Length", std::to_string(size), FieldKind::content_length);
  head_.content_lengths = 1;
  head_.body = {size > 0 ? BodyKind::sized : BodyKind::none, size};
}

void HeadWriter::finish() {
  text_.append("\r\n");
  head_.text = text_;
  head_.status_text = head_.text.substr(9, head_.fields_begin - 11U);
}

}  // namespace palpo::http
