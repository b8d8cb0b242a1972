// SPDX-License-Identifier: Apache-2.0
#include "base/dns_name.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/printable.h"

namespace palpo {
namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;

std::optional<std::string> label_fault(std::string_view label, LetterCase letters) {
  if (label.empty()) return "has an empty label";
  if (label.size() > kMaxLabel) return "has a label of more than 63 bytes";
  for (const char c : label) {
    if (is_ascii_lower(c) || is_ascii_digit(c) || c == '-' || c == '_') continue;
    if (is_ascii_upper(c) && letters == LetterCase::any) continue;
    if (is_ascii_upper(c)) return "is not in lower case";
    if (c == '*') return "has a '*' elsewhere than as its first label";
    return "may hold letters, digits, '-', '_' and '.' only, but has " + in_quotes({&c, 1});
  }
  if (label.front() == '-' || label.back() == '-') return "has a label that begins or ends with '-'";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> dns_name_fault(std::string_view name, LetterCase letters) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxName)
    return "is " + std::to_string(name.size()) + " bytes long; at most " + std::to_string(kMaxName) +
           " are allowed";
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('.', begin), name.size());
    if (auto fault = label_fault(name.substr(begin, end - begin), letters)) return fault;
    begin = end + 1;
  }
  return std::nullopt;
}

bool ends_in_a_number(std::string_view name) {
  const auto last = name.substr(name.rfind('.') + 1);
  return last.starts_with("0x") || last.starts_with("0X") ||
         std::all_of(last.begin(), last.end(), is_ascii_digit);
}

}  // namespace palpo
