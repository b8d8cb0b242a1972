// SPDX-License-Identifier: Apache-2.0
#include "dataplane/app/capacity.h"

#include <algorithm>
#include <climits>

namespace palpo::app {

Capacity capacity_of(std::size_t asked, std::size_t open_files, std::uint64_t memory) {
  constexpr std::size_t kReserve = 256;  // files that are no connections
  constexpr std::size_t kAlways = 96;    // of them: operators' connections, the controller's, names
  constexpr std::uint64_t kConnectionCost = 100 * 1024;  // of memory, at its most in ordinary use
  Capacity capacity;
  capacity.descriptors = std::min<std::size_t>(open_files - std::min(kAlways, open_files / 4), INT_MAX);
  capacity.connections = asked;
  if (asked != 0) return capacity;
  // Each client's connection may need one to a homeserver.
  capacity.connections = open_files > 2 * kReserve ? (open_files - kReserve) / 2 : open_files / 4;
  if (memory != 0) {
    const std::uint64_t fits = memory / 4 * 3 / kConnectionCost;
    capacity.connections = static_cast<std::size_t>(std::min<std::uint64_t>(capacity.connections, fits));
  }
  capacity.connections = std::max<std::size_t>(1, capacity.connections);
  return capacity;
}

}  // namespace palpo::app
