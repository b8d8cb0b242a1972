// SPDX-License-Identifier: Apache-2.0
#include "dataplane/routing/path_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace palpo::routing {
namespace {

using api::PathType;
constexpr auto kExact = PathType::exact;
constexpr auto kPrefix = PathType::prefix;

struct Rule {
  PathType type;
  const char* path;
};

struct Case {
  const char* what;
  std::vector<Rule> rules;
  const char* request;
  int expected;  // the index of the winning rule; -1: none
};

int winner(const Case& c) {
  PathTable table;
  for (std::size_t i = 0; i < c.rules.size(); ++i) {
    table.add(c.rules[i].type, c.rules[i].path, static_cast<std::uint32_t>(i));
  }
  table.seal();
  const auto route = table.match(c.request);
  return route == PathTable::kNone ? -1 : static_cast<int>(route);
}

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(winner(c), c.expected) << c.what << ": " << c.request;
    Case reversed = c;  // the order in which rules come has no meaning
    std::reverse(reversed.rules.begin(), reversed.rules.end());
    const int last = static_cast<int>(c.rules.size()) - 1;
    EXPECT_EQ(winner(reversed), c.expected < 0 ? -1 : last - c.expected)
        << c.what << " reversed: " << c.request;
  }
}

// The table of the Kubernetes documentation, "Examples" under "Path types".
TEST(PathTable, FollowsTheKubernetesExamples) {
  expect_all({
      {"prefix / takes all", {{kPrefix, "/"}}, "/", 0},
      {"prefix / takes all", {{kPrefix, "/"}}, "/any/path", 0},
      {"exact", {{kExact, "/foo"}}, "/foo", 0},
      {"exact", {{kExact, "/foo"}}, "/bar", -1},
      {"exact is not its trailing slash", {{kExact, "/foo"}}, "/foo/", -1},
      {"exact trailing slash is not the bare path", {{kExact, "/foo/"}}, "/foo", -1},
      {"prefix", {{kPrefix, "/foo"}}, "/foo", 0},
      {"prefix takes the trailing slash", {{kPrefix, "/foo"}}, "/foo/", 0},
      {"prefix with slash takes the bare path", {{kPrefix, "/foo/"}}, "/foo", 0},
      {"prefix with slash takes the slash", {{kPrefix, "/foo/"}}, "/foo/", 0},
      {"part of the last element is no match", {{kPrefix, "/aaa/bb"}}, "/aaa/bbb", -1},
      {"prefix", {{kPrefix, "/aaa/bbb"}}, "/aaa/bbb", 0},
      {"its trailing slash is ignored", {{kPrefix, "/aaa/bbb/"}}, "/aaa/bbb", 0},
      {"the request's trailing slash is matched", {{kPrefix, "/aaa/bbb"}}, "/aaa/bbb/", 0},
      {"a sub-path", {{kPrefix, "/aaa/bbb"}}, "/aaa/bbb/ccc", 0},
      {"no string prefix", {{kPrefix, "/aaa/bbb"}}, "/aaa/bbbxyz", -1},
      {"/ and /aaa", {{kPrefix, "/"}, {kPrefix, "/aaa"}}, "/aaa/ccc", 1},
      {"longest of three", {{kPrefix, "/"}, {kPrefix, "/aaa"}, {kPrefix, "/aaa/bbb"}}, "/aaa/bbb", 2},
      {"longest of three", {{kPrefix, "/"}, {kPrefix, "/aaa"}, {kPrefix, "/aaa/bbb"}}, "/ccc", 0},
      {"nothing left", {{kPrefix, "/aaa"}}, "/ccc", -1},
      {"exact before prefix of the same path", {{kPrefix, "/foo"}, {kExact, "/foo"}}, "/foo", 1},
  });
}

// The conformance suite's path_rules.feature: mixed rules and trailing slashes.
TEST(PathTable, PrefersExactAndLonger) {
  expect_all({
      {"mixed", {{kExact, "/foo"}, {kPrefix, "/foo"}}, "/foo", 0},
      {"mixed", {{kExact, "/foo"}, {kPrefix, "/foo"}}, "/foo/bar", 1},
      {"mixed", {{kExact, "/foo"}, {kPrefix, "/foo"}}, "/foo/", 1},
      {"a longer exact", {{kPrefix, "/foo"}, {kExact, "/foo/"}}, "/foo/", 1},
      {"a longer exact", {{kPrefix, "/foo"}, {kExact, "/foo/"}}, "/foo", 0},
      {"a longer exact", {{kPrefix, "/foo"}, {kExact, "/foo/"}}, "/foo/bar", 0},
      {"a trailing slash is no element, so exact wins", {{kExact, "/foo"}, {kPrefix, "/foo/"}}, "/foo", 0},
      {"a longer prefix", {{kExact, "/foo"}, {kPrefix, "/foo/bar"}}, "/foo/bar/x", 1},
      {"exact of a sub-path", {{kPrefix, "/foo"}, {kExact, "/foo/bar"}}, "/foo/bar", 1},
      {"exact /", {{kExact, "/"}, {kPrefix, "/"}}, "/", 0},
      {"exact /", {{kExact, "/"}, {kPrefix, "/"}}, "/x", 1},
      {"both spellings: the longer text", {{kPrefix, "/foo"}, {kPrefix, "/foo/"}}, "/foo", 1},
      {"both spellings: the longer text", {{kPrefix, "/foo"}, {kPrefix, "/foo/"}}, "/foo/x", 1},
      {"equal length, other text", {{kPrefix, "/aaa"}, {kPrefix, "/bbb"}, {kPrefix, "/ccc"}}, "/bbb/x", 1},
  });
}

TEST(PathTable, ComparesBytesAndSplitsAtSlashesOnly) {
  expect_all({
      {"case matters", {{kPrefix, "/_matrix"}}, "/_MATRIX/a", -1},
      {"case matters", {{kExact, "/foo"}}, "/FOO", -1},
      {"an encoded slash separates nothing", {{kPrefix, "/a"}}, "/a%2Fb", -1},
      {"an encoded slash separates nothing", {{kPrefix, "/a"}}, "/a%2fb", -1},
      {"nothing is decoded", {{kExact, "/~a"}}, "/%7Ea", -1},
      {"nothing is decoded", {{kExact, "/%7Ea"}}, "/%7Ea", 0},
      {"dots are elements like others", {{kPrefix, "/a"}, {kPrefix, "/b"}}, "/a/../b", 0},
      {"doubled slashes stay", {{kPrefix, "/a/b"}}, "/a//b", -1},
      {"doubled slashes stay", {{kPrefix, "/a"}}, "//a", -1},
      {"a doubled slash after the prefix", {{kPrefix, "/a"}}, "/a//b", 0},
      {"parameters belong to their element", {{kPrefix, "/a"}}, "/a;x=1", -1},
      {"an asterisk is no path", {{kPrefix, "/"}}, "*", -1},
      {"no target is no path", {{kPrefix, "/"}}, "", -1},
      {"no rules", {}, "/", -1},
  });
}

TEST(PathTable, MatchesTheMatrixPaths) {
  const std::vector<Rule> rules = {{kPrefix, "/_matrix"},
                                   {kPrefix, "/_matrix/federation"},
                                   {kExact, "/.well-known/matrix/server"},
                                   {kPrefix, "/_synapse/client"}};
  expect_all({
      {"client", rules, "/_matrix/client/v3/sync", 0},
      {"federation", rules, "/_matrix/federation/v1/send/1", 1},
      {"no part of an element", rules, "/_matrix/federationx", 0},
      {"well-known", rules, "/.well-known/matrix/server", 2},
      {"well-known", rules, "/.well-known/matrix/client", -1},
      {"synapse", rules, "/_synapse/client/oidc", 3},
      {"synapse admin", rules, "/_synapse/admin", -1},
      {"a key id with an encoded colon", rules, "/_matrix/key/v2/server/ed25519%3Aa_Xsya", 0},
  });
}

}  // namespace
}  // namespace palpo::routing
