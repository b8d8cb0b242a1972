// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/trace_context.h"

#include <algorithm>

#include "dataplane/message/field_kind.h"

namespace palpo::http {

namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

bool is_traceparent(std::string_view value) {
  if (value.size() < kTraceParentSize) return false;
  const auto version = value.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  if (value[2] != '-' || value[35] != '-' || value[52] != '-') return false;
  if (!is_id(value.substr(3, 32)) || !is_id(value.substr(36, 16)) || !is_hex(value.substr(53, 2)))
    return false;
  // Later versions may say more.
  if (value.size() == kTraceParentSize) return true;
  return version != "00" && value[kTraceParentSize] == '-';
}

std::string_view traceparent_of(const Head& head) {
  constexpr std::string_view kName = "traceparent";
  std::string_view found;
  bool seen = false;
  for (std::size_t i = 0; i < head.count; ++i) {
    const Field& field = head.fields[i];
    if (field.name_size != kName.size() || !equals_ignoring_case(head.name(field), kName)) continue;
    if (seen) return {};
    seen = true;
    found = head.value(field);
  }
  return is_traceparent(found) ? found.substr(0, kTraceParentSize) : std::string_view();
}

}  // namespace palpo::http
