// SPDX-License-Identifier: Apache-2.0
// Requests, and failures among them, by whose route took them (Ingress or PalpoHomeserver). The worker's
// thread counts without a lock; the lock is for new owners and for reading. Owners come from configuration
// and stay for the life of the process.
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dataplane/telemetry/count.h"

namespace palpo::telemetry {

class OwnerCounts {
 public:
  struct Counts {
    Count requests;
    Count failures;
  };

  void add(std::string_view owner, bool failed);  // the worker's thread

  template <class Visit>
  void for_each(Visit&& visit) const {  // any thread
    const std::lock_guard lock(mutex_);
    for (const auto& [owner, counts] : owners_) visit(owner, counts);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  mutable std::mutex mutex_;  // scraping is another thread's, once in a while
  std::unordered_map<std::string, Counts, Hash, std::equal_to<>> owners_;
};

}  // namespace palpo::telemetry
