// SPDX-License-Identifier: Apache-2.0
#include "dataplane/routing/path_reading.h"

#include <gtest/gtest.h>

namespace palpo::routing {
namespace {

using Escapes = Reading::Escapes;

TEST(PathReading, Detours) {
  for (const char* path :
       {"//",     "/./",         "/.",       "/..",     "/a/..",     "/a/../b",  "/%2e",  "/%2E%2e/",
        "/.%2e",  "/%252e%252e", "/%25252e", "/..;",    "/..;a=b/c", "/.;x",     "/a//b", "/a%2f%2fb",
        "/a/%2f", "/%2F",        "/a\\..",   "/a\\\\b", "/a%5c..",   "/a%255c.."})
    EXPECT_TRUE(has_detours(path)) << path;
  for (const char* path : {"/",     "/a",    "/a/",  "/a%2fb", "/a%2F",         "/.well-known/matrix",
                           "/...",  "/..a",  "/a..", "/a../b", "/%2e%2e%2e",    "/%2ea",
                           "/%",    "/%2",   "/%zz", "/%252",  "/a;b",          "/;",
                           "/a;..", "/a\\b", "/%41", "/%2525", "/$a:b/%21r%3Ah"})
    EXPECT_FALSE(has_detours(path)) << path;
}

TEST(PathReading, Readings) {
  struct Case {
    const char* path;
    Reading reading;
    const char* read;
  };
  const Reading plain{};
  const Reading merged{Escapes::kept, false, true};
  const Reading decoded{Escapes::decoded_but_slashes, false, false};
  const Reading all{Escapes::decoded, true, true};
  const Case cases[] = {
      {"/", plain, "/"},
      {"/a/b", plain, "/a/b"},
      {"/a/", plain, "/a/"},
      {"/a/../b", plain, "/b"},
      {"/a/%2e%2E/b", plain, "/b"},
      {"/a/./b/.", plain, "/a/b/"},
      {"/a/..", plain, "/"},
      {"/../..", plain, "/"},
      {"/../x", plain, "/x"},
      {"/a//../b", plain, "/a/b"},
      {"/a//../b", merged, "/b"},
      {"//a///b//", merged, "/a/b/"},
      {"//", merged, "/"},
      {"//a", plain, "//a"},
      {"/%61%2fb/..", plain, "/"},
      {"/%61%2fb", plain, "/%61%2fb"},
      {"/%61%2fb", decoded, "/a%2fb"},
      {"/x%2f../b", decoded, "/x%2f../b"},
      {"/x%2f../b", all, "/b"},
      {"/x%252f%252e./b", all, "/b"},
      {"/a\\..\\b", all, "/b"},
      {"/a\\..\\b", plain, "/a\\..\\b"},
      {"/a/..;x=1/b", plain, "/b"},
      {"/a/b;x/c", plain, "/a/b;x/c"},
      {"/%", all, "/%"},
      {"/%zz%2", all, "/%zz%2"},
  };
  for (const Case& c : cases) EXPECT_EQ(read_path(c.path, c.reading), c.read) << c.path;
}

// What costs more than its bytes would be a way to keep a worker busy: the steps taken are bounded by the
// size.
TEST(PathReading, LongPathsStayLinear) {
  for (const char* piece : {"/..", "%25", "//", "%2f", "/a/..", "\\", "%252e"}) {
    std::string path = "/";
    while (path.size() < 30'000) path += piece;
    EXPECT_LE(read_path(path, {Escapes::decoded, true, false}).size(), path.size());
    has_detours(path);
  }
}

}  // namespace
}  // namespace palpo::routing
