// SPDX-License-Identifier: Apache-2.0
// How many clients' connections a data plane takes at a time, from what its process may use. Pure.
#pragma once
#include <cstddef>
#include <cstdint>

namespace palpo::app {

struct Capacity {
  std::size_t connections = 0;  // of clients
  std::size_t descriptors = 0;  // connections use numbers below that; the rest is for what must always work
};

// asked: --max-connections; 0: as many as open files and memory allow. memory: in bytes; 0: unknown.
Capacity capacity_of(std::size_t asked, std::size_t open_files, std::uint64_t memory);

}  // namespace palpo::app
