// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/label_selector.h"

#include <algorithm>
#include <string>
#include <vector>

namespace palpo::kube {
namespace {

constexpr const char* kForms =
    "write KEY, !KEY, KEY=VALUE, KEY!=VALUE, KEY in (A,B), KEY notin (A,B), KEY>NUMBER or KEY<NUMBER, with "
    "commas "
    "between";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// At most 63 characters, letters and digits at both ends.
bool is_label_text(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text,
                             [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_prefix(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.front() == '.' || text.back() == '.') return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

bool is_label_key(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return is_label_text(key);
  return is_prefix(key.substr(0, slash)) && is_label_text(key.substr(slash + 1));
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// At the commas outside of parentheses.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      parts.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    } else {
      depth += (text[i] == '(') - (text[i] == ')');
    }
  }
  return parts;
}

Error fault(std::string_view requirement, const std::string& what) {
  return invalid("\"" + std::string(requirement) + "\": " + what);
}

Result<void> check_key(std::string_view requirement, std::string_view key) {
  if (is_label_key(key)) return {};
  return fault(requirement, key.empty() ? "the key is missing; " + std::string(kForms)
                                        : "\"" + std::string(key) + "\" is not a label's key; " + kForms);
}

Result<void> check_value(std::string_view requirement, std::string_view value) {
  if (value.empty() || is_label_text(value)) return {};
  return fault(requirement,
               "\"" + std::string(value) +
                   "\" is not a label's value: at most 63 letters, digits, '-', '_' and '.', the first "
                   "and the last a letter or digit");
}

// "A,B)" behind "KEY in (".
Result<void> check_set(std::string_view requirement, std::string_view rest) {
  if (!rest.starts_with('(') || !rest.ends_with(')'))
    return fault(requirement, "expected values in parentheses behind in and notin, as in \"tier in (a,b)\"");
  const auto inside = trimmed(rest.substr(1, rest.size() - 2));
  if (inside.empty()) return fault(requirement, "there is no value between the parentheses");
  for (const auto value : split(inside))
    if (auto checked = check_value(requirement, value); !checked) return checked;
  return {};
}

Result<void> check_comparison(std::string_view requirement, char sign, std::string_view value) {
  if (sign == '=' || sign == '!') return check_value(requirement, value);
  const bool number = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  if (!number) return fault(requirement, "expected a whole number behind > and <");
  return {};
}

Result<void> check_requirement(std::string_view text) {
  if (text.empty()) return invalid("a requirement between two commas is empty; " + std::string(kForms));
  if (text.starts_with('!') && !text.starts_with("!=")) return check_key(text, trimmed(text.substr(1)));
  const auto sign = text.find_first_of("=!<>");
  const auto blank = text.find_first_of(" \t(");
  if (sign != std::string_view::npos && (blank == std::string_view::npos ||
                                         trimmed(text.substr(0, sign)).find(' ') == std::string_view::npos)) {
    if (auto checked = check_key(text, trimmed(text.substr(0, sign))); !checked) return checked;
    auto value = text.substr(sign + 1);
    if (text[sign] == '!' && !value.starts_with('='))
      return fault(text, "expected != and a value; " + std::string(kForms));
    if (value.starts_with('=') && text[sign] != '<' && text[sign] != '>') value.remove_prefix(1);
    return check_comparison(text, text[sign], trimmed(value));
  }
  if (blank == std::string_view::npos) return check_key(text, text);
  if (auto checked = check_key(text, text.substr(0, blank)); !checked) return checked;
  auto rest = trimmed(text.substr(blank));
  for (const std::string_view word : {"in", "notin"}) {
    if (!rest.starts_with(word)) continue;
    if (const auto behind = rest.substr(word.size());
        behind.empty() || behind.front() == ' ' || behind.front() == '\t' || behind.front() == '(')
      return check_set(text, trimmed(behind));
  }
  return fault(text, "expected =, !=, in or notin behind the key; " + std::string(kForms));
}

}  // namespace

Result<void> check_label_selector(std::string_view text) {
  if (trimmed(text).empty()) return invalid("the value is empty");
  for (const auto requirement : split(text))
    if (auto checked = check_requirement(requirement); !checked) return checked;
  return {};
}

}  // namespace palpo::kube
