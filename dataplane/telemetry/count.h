// SPDX-License-Identifier: Apache-2.0
// A counter with one writing thread: an add is a plain load and store. Read by any.
#pragma once
#include <atomic>
#include <cstdint>

namespace palpo::telemetry {

class Count {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t amount = 1) { add(~amount + 1); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace palpo::telemetry
