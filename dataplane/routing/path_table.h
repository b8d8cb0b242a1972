// SPDX-License-Identifier: Apache-2.0
// The paths of one host on one listener: which route takes a raw path. Kubernetes Ingress v1 precedence: the
// longest matching path wins; of two equally long ones exact beats prefix. Paths are compared as bytes, split
// at '/' only:
// "%2F" never separates, nothing is decoded. Immutable once built, any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/api/model.h"

namespace palpo::routing {

class PathTable {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // `route` is what match() answers. (type, path) are distinct: validated before.
  void add(api::PathType type, std::string path, std::uint32_t route);
  void seal();  // after the last add

  // path: the request target without its query. kNone when nothing matches.
  std::uint32_t match(std::string_view path) const;

 private:
  struct Exact {
    std::string path;
    std::uint32_t route;
  };
  struct Prefix {
    std::string path;     // without its trailing slash; "" is "/"
    bool trailing_slash;  // was written with one
    std::uint32_t route;
  };
  struct Length {  // the prefixes of one length: [begin, end) of prefix_
    std::size_t length;
    std::size_t begin;
    std::size_t end;
  };
  std::vector<Exact> exact_;    // sorted by path
  std::vector<Prefix> prefix_;  // sorted by length, longest first, then by path
  std::vector<Length>
      lengths_;  // longest first: what a request costs is bounded by the table, not by its slashes
};

}  // namespace palpo::routing
