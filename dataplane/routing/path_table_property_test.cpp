// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "dataplane/routing/path_table.h"

namespace palpo::routing {
namespace {

struct Rule {
  api::PathType type;
  std::string path;
};

std::vector<std::string> elements(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

// The specification word by word, one rule after the other.
std::uint32_t reference(const std::vector<Rule>& rules, const std::string& request) {
  struct Rank {
    std::size_t elements;
    bool exact;
    std::size_t text;
    auto operator<=>(const Rank&) const = default;
  };
  std::optional<Rank> best;
  std::uint32_t winner = PathTable::kNone;
  const auto asked = elements(request);
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const bool exact = rules[i].type == api::PathType::exact;
    std::string path = rules[i].path;
    if (!exact && path.back() == '/') path.pop_back();
    const auto wanted = elements(path);
    bool matches = exact ? rules[i].path == request : wanted.size() <= asked.size();
    for (std::size_t k = 0; matches && !exact && k < wanted.size(); ++k) matches = wanted[k] == asked[k];
    if (!matches) continue;
    const Rank rank{wanted.size(), exact, rules[i].path.size()};
    if (!best || rank > *best) {
      best = rank;
      winner = i;
    }
  }
  return winner;
}

// Few letters and many slashes, so that rules and requests meet.
std::string random_path(std::mt19937_64& random) {
  static constexpr std::string_view kPieces[] = {"/", "/", "a", "b", "/a", "/b", "%2F", "/.."};
  std::string path = "/";
  const std::size_t pieces = random() % 7;
  for (std::size_t i = 0; i < pieces; ++i) path += kPieces[random() % std::size(kPieces)];
  return path;
}

TEST(PathTableProperty, EqualsTheReference) {
  const char* given = std::getenv("PALPO_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::size_t matched = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<Rule> rules;
    PathTable table;
    const std::size_t size = random() % 12;
    for (std::size_t i = 0; i < size; ++i) {
      Rule rule{random() % 2 == 0 ? api::PathType::exact : api::PathType::prefix, random_path(random)};
      const bool known = std::any_of(rules.begin(), rules.end(), [&](const Rule& other) {
        return other.type == rule.type && other.path == rule.path;
      });
      if (known) continue;
      table.add(rule.type, rule.path, static_cast<std::uint32_t>(rules.size()));
      rules.push_back(std::move(rule));
    }
    table.seal();
    for (int request = 0; request < 20; ++request) {
      const std::string path = random_path(random);
      const auto expected = reference(rules, path);
      ASSERT_EQ(table.match(path), expected) << "round " << round << " path " << path;
      if (expected != PathTable::kNone) ++matched;
    }
  }
  EXPECT_GT(matched, 1000u);  // else the generator tests nothing
}

}  // namespace
}  // namespace palpo::routing
