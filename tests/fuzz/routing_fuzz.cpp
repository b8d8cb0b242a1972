// SPDX-License-Identifier: Apache-2.0
// Path and host matching against a slow and simple reading of the rules. Input: lines "=PATH" (exact) and
// "/PATH" (prefix) make the table, lines "?TARGET" are matched, lines "@HOST" are normalised.
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.h"
#include "dataplane/routing/path_reading.h"
#include "dataplane/routing/path_table.h"
#include "dataplane/routing/router.h"

namespace {

using palpo::api::PathType;
using palpo::routing::PathTable;

struct Rule {
  PathType type;
  std::string path;
};

std::string_view without_slash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool takes(const Rule& rule, std::string_view path) {
  if (rule.type == PathType::exact) return path == rule.path;
  const auto prefix = without_slash(rule.path);
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// The longest path wins; of two equally long ones the exact. "/a" and "/a/" take the same requests: the
// longer text wins.
std::tuple<std::size_t, bool, std::size_t> rank(const Rule& rule) {
  const bool exact = rule.type == PathType::exact;
  return {exact ? rule.path.size() : without_slash(rule.path).size(), exact, rule.path.size()};
}

std::uint32_t reference(const std::vector<Rule>& rules, std::string_view path) {
  std::uint32_t best = PathTable::kNone;
  if (!path.starts_with('/')) return best;
  for (std::uint32_t i = 0; i < rules.size(); ++i)
    if (takes(rules[i], path) && (best == PathTable::kNone || rank(rules[i]) > rank(rules[best]))) best = i;
  return best;
}

// A path without detours is its own reading when nothing is decoded; no reading grows or loses the slash.
void check_readings(std::string_view path) {
  if (!path.starts_with('/')) return;
  for (const auto& reading : palpo::routing::kReadings) {
    const auto read = palpo::routing::read_path(path, reading);
    PALPO_CHECK(read.starts_with('/') && read.size() <= path.size() + 1);
    const bool as_it_is = reading.escapes == palpo::routing::Reading::Escapes::kept &&
                          path.find('\\') == std::string_view::npos;
    if (as_it_is && !palpo::routing::has_detours(path)) PALPO_CHECK(read == path);
  }
}

void check_host(std::string_view header) {
  std::string scratch;
  std::string again;
  const std::string normal(palpo::routing::normalize_host(header, scratch));
  for (const char c : normal) PALPO_CHECK(c < 'A' || c > 'Z');
  if (!normal.empty()) PALPO_CHECK(palpo::routing::normalize_host(normal, again) == normal);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = lines_of({reinterpret_cast<const char*>(data), size});
  std::vector<Rule> rules;
  std::set<std::pair<PathType, std::string>> seen;
  PathTable table;
  for (const auto line : lines) {
    const bool exact = line.starts_with("=/");
    if (!exact && !line.starts_with('/')) continue;
    Rule rule{exact ? PathType::exact : PathType::prefix, std::string(line.substr(exact ? 1 : 0))};
    if (!seen.emplace(rule.type, rule.path).second) continue;  // validation keeps them distinct
    table.add(rule.type, rule.path, static_cast<std::uint32_t>(rules.size()));
    rules.push_back(std::move(rule));
  }
  table.seal();
  for (const auto line : lines) {
    if (line.starts_with("?")) PALPO_CHECK(table.match(line.substr(1)) == reference(rules, line.substr(1)));
    if (line.starts_with("?")) check_readings(line.substr(1));
    if (line.starts_with("@")) check_host(line.substr(1));
  }
  return 0;
}
