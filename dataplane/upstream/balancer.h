// SPDX-License-Identifier: Apache-2.0
// Which endpoint of a cluster a request begins with (round robin from a random start, so that workers
// differ), and which come after it when one cannot be reached. Worker's thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace palpo::upstream {

class Balancer {
 public:
  explicit Balancer(std::uint64_t seed) : random_(seed | 1) {}

  // cluster: any address that stands for it as long as the configuration does.
  std::size_t first(const void* cluster, std::size_t endpoints);
  void forget() { cursors_.clear(); }  // the configuration has changed

 private:
  std::uint64_t next_random();
  std::uint64_t random_;
  std::unordered_map<const void*, std::size_t> cursors_;
};

// The order in which one request tries endpoints: from `first` on, those to be avoided last, none twice.
class TryOrder {
 public:
  static constexpr std::size_t kMaxTries = 5;

  void begin(std::size_t first, std::size_t endpoints);

  // avoided(index): whether that endpoint could lately not be reached.
  template <class Avoided>
  std::optional<std::size_t> next(Avoided&& avoided) {
    if (tries_ == kMaxTries || tries_ == endpoints_) return std::nullopt;
    std::optional<std::size_t> last_resort;
    for (std::size_t i = 0; i < endpoints_; ++i) {
      const std::size_t index = (first_ + i) % endpoints_;
      if (tried(index)) continue;
      if (endpoints_ == 1 || !avoided(index)) return take(index);
      if (!last_resort) last_resort = index;
    }
    return last_resort ? take(*last_resort) : last_resort;
  }

 private:
  bool tried(std::size_t index) const;
  std::size_t take(std::size_t index);
  std::size_t first_ = 0;
  std::size_t endpoints_ = 0;
  std::size_t tries_ = 0;
  std::array<std::uint32_t, kMaxTries> tried_{};
};

}  // namespace palpo::upstream
