// SPDX-License-Identifier: Apache-2.0
// Puts a response head together field by field: text and positions at once, as the parser would find them.
// Names and values are known to be well formed. Pure, any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/message/head.h"

namespace palpo::http {

class HeadWriter {
 public:
  // Both stay where they are until finish(); head is a new one, and its views are valid as long as text.
  HeadWriter(int status, std::string_view reason, std::string& text, ResponseHead& head);

  void field(std::string_view name, std::string_view value);
  void content_length(std::uint64_t size);  // else there is no body
  void finish();

 private:
  void add(std::string_view name, std::string_view value, FieldKind kind);
  std::string& text_;
  ResponseHead& head_;
};

}  // namespace palpo::http
