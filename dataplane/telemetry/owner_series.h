// SPDX-License-Identifier: Apache-2.0
// Which owners have series of their own, and the count of all others together. Bounded, and the same in every
// data plane that has the same configuration: PalpoHomeservers before Ingresses, in the order of their names.
// A request is counted in one place once, whoever comes or goes. One owner, one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace palpo::telemetry {

struct OwnerCount {
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  bool operator==(const OwnerCount&) const = default;
};

// Of the configuration: owner -> routes.
using OwnerNames = std::map<std::string, std::size_t>;

class OwnerSeries {
 public:
  explicit OwnerSeries(std::size_t most) : most_(most) {}

  // counted: since the program began, by owner; those that were counted once never go.
  void update(const OwnerNames& configured, const std::unordered_map<std::string, OwnerCount>& counted);

  // In no order; an owner without requests is shown, too.
  std::vector<std::pair<std::string, OwnerCount>> shown() const;
  const OwnerCount& other() const { return other_; }
  std::size_t without() const { return without_; }

 private:
  struct Entry {
    OwnerCount seen;  // all there were
    OwnerCount own;   // those that its series counts
    bool shown = false;
  };
  void select(const OwnerNames& configured);

  std::size_t most_;
  std::unordered_map<std::string, Entry> entries_;
  OwnerCount other_;
  std::size_t without_ = 0;
};

}  // namespace palpo::telemetry
