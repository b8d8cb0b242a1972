// SPDX-License-Identifier: Apache-2.0
#include "controller/app/option_values.h"

#include "base/net_address.h"
#include "base/option_values.h"

namespace palpo::app {
namespace {

bool is_name(std::string_view text, std::size_t longest, std::string_view characters) {
  if (text.empty() || text.size() > longest) return false;
  for (const char end : {text.front(), text.back()})
    if (end == '.' || end == '-') return false;
  return text.find_first_not_of(characters) == std::string_view::npos;
}

}  // namespace

Result<kube::ObjectKey> parse_key(std::string_view value) {
  const auto slash = value.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == value.size() ||
      value.find('/', slash + 1) != std::string_view::npos)
    return not_a(value, "NAMESPACE/NAME");
  return kube::ObjectKey{std::string(value.substr(0, slash)), std::string(value.substr(slash + 1))};
}

bool is_namespace_name(std::string_view value) {
  return is_name(value, 63, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

bool is_published_address(std::string_view value) {
  return is_ip_literal(value) || is_name(value, 253, "abcdefghijklmnopqrstuvwxyz0123456789-.");
}

}  // namespace palpo::app
