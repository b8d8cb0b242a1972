// SPDX-License-Identifier: Apache-2.0
// Path readings against a slow and simple one, on random paths of the pieces that matter.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "dataplane/routing/path_reading.h"

namespace palpo::routing {
namespace {

std::string random_path(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"/",   "/",  "a",   "b",   ".",  "..", "%2e", "%2E", "%2f",
                                                   "%5c", "\\", "%61", "%25", ";x", "//", "%zz", "/../"};
  std::string path = "/";
  for (auto left = random() % 12; left > 0; --left) path += kPieces[random() % kPieces.size()];
  return path;
}

// The reading that changes nothing but dot segments, by the letter of RFC 3986 5.2.4.
std::string without_dots(const std::string& path) {
  std::vector<std::string> kept;
  std::string last;
  for (std::size_t begin = 1; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const std::string segment = path.substr(begin, end - begin);
    std::string seen = segment.substr(0, segment.find(';'));
    for (auto at = seen.find("%2"); at != std::string::npos; at = seen.find("%2", at + 1)) {
      if (seen.size() > at + 2 && (seen[at + 2] == 'e' || seen[at + 2] == 'E')) seen.replace(at, 3, ".");
    }
    const bool dots = seen == "." || seen == "..";
    if (seen == ".." && !kept.empty()) kept.pop_back();
    if (!dots) kept.push_back(segment);
    if (end == path.size()) last = dots ? "/" : "";
    begin = end + 1;
  }
  std::string out;
  for (const auto& segment : kept) out += "/" + segment;
  return out + last;
}

TEST(PathReadingProperty, AgreesWithASimpleReader) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 50'000; ++i) {
    const std::string path = random_path(random);
    if (path.find("%25") != std::string::npos) continue;  // the simple reader decodes once
    ASSERT_EQ(read_path(path, {}), without_dots(path)) << path;
  }
}

TEST(PathReadingProperty, WithoutDetoursEveryReadingThatDecodesNothingIsThePath) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 50'000; ++i) {
    const std::string path = random_path(random);
    for (const Reading& reading : kReadings) {
      const std::string read = read_path(path, reading);
      ASSERT_TRUE(read.starts_with('/')) << path;
      ASSERT_LE(read.size(), path.size() + 1) << path;
      if (has_detours(path)) continue;
      if (reading.escapes == Reading::Escapes::kept && path.find('\\') == std::string::npos) {
        ASSERT_EQ(read, path);
      }
      ASSERT_FALSE(has_detours(read) && path.find('%') == std::string::npos) << path;
    }
  }
}

}  // namespace
}  // namespace palpo::routing
