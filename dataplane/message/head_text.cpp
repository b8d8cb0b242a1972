// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/head_text.h"

#include <algorithm>
#include <cstring>

namespace palpo::http {

std::size_t find_head_end(std::string_view bytes, std::size_t searched) {
  const std::size_t from = searched > 3 ? searched - 3 : 0;
  if (bytes.size() < from + 4) return 0;
  const void* found = ::memmem(bytes.data() + from, bytes.size() - from, "\r\n\r\n", 4);
  return found == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 4;
}

bool has_bare_line_feed(std::string_view bytes, std::size_t searched) {
  for (std::size_t at = bytes.find('\n', searched); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') return true;
  }
  return false;
}

std::string with_complete_status_line(std::string_view text) {
  constexpr std::string_view kForm = "HTTP/1.1 200\r\n";
  constexpr std::size_t kMinor = 7;  // where the digits are
  constexpr std::size_t kStatus = 9;
  if (text.size() < kForm.size()) return {};
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = i == kMinor || (i >= kStatus && i < kStatus + 3);
    if (digit ? text[i] < '0' || text[i] > '9' : text[i] != kForm[i]) return {};
  }
  return std::string(text).insert(kStatus + 3, 1, ' ');
}

std::string_view target_of_bad_head(std::string_view bytes) {
  bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  const std::string_view line = bytes.substr(0, bytes.find_first_of("\r\n"));
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return {};
  std::string_view target = line.substr(blank + 1);
  target = target.substr(0, target.find(' '));
  if (target.starts_with('/')) return target;
  const std::size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return {};
  target.remove_prefix(scheme_end + 3);
  target.remove_prefix(std::min(target.find('/'), target.size()));
  return target;
}

}  // namespace palpo::http
