// SPDX-License-Identifier: Apache-2.0
// Exponential backoff with jitter: delay = random(0.5 .. 1) * min(cap, first * 2^n). One owner, one
// thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <random>

namespace palpo {

class Backoff {
 public:
  using Duration = std::chrono::milliseconds;
  Backoff(Duration first, Duration cap, std::uint64_t seed = std::random_device{}());

  Duration next();                // the wait before the next try
  void reset() { attempt_ = 0; }  // after a success

 private:
  Duration first_;
  Duration cap_;
  int attempt_ = 0;
  std::mt19937_64 random_;
};

}  // namespace palpo
