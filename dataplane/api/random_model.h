// SPDX-License-Identifier: Apache-2.0
// Random configurations for property tests: the same seed, the same configuration. PALPO_TEST_SEED replaces
// the seed of a test; each failure shows the one it ran with. Small name spaces, so that changes and drops
// meet. One owner.
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/api/message.h"
#include "dataplane/api/model.h"
#include "tests/support/test_pki.h"

namespace palpo::api {

class RandomModel {
 public:
  explicit RandomModel(std::uint64_t seed);

  std::size_t below(std::size_t bound);  // 0 .. bound - 1
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }
  std::string text(std::size_t max_size);  // any valid UTF-8, with what needs escaping
  Digest digest();

  // Syntax only: any strings anywhere.
  Host host();
  Cluster cluster();
  Certificate certificate();
  Settings settings();
  ResourceId resource_id();
  Delta delta();

  // Without a fault: names, references and certificates are right.
  Snapshot valid_snapshot(std::size_t hosts);
  // A few resources put, changed or dropped, perhaps leaving references behind.
  Snapshot changed(const Snapshot& from);

  template <class Items>
  void shuffle(Items& items) {
    std::shuffle(items.begin(), items.end(), random_);
  }

 private:
  template <class T>
  T any();  // of anything that is described
  template <class Variant, std::size_t... Index>
  Variant any_alternative(std::index_sequence<Index...> indexes);
  Host valid_host(const std::string& name, const Snapshot& around);
  Cluster valid_cluster(const std::string& name);

  std::mt19937_64 random_;
};

std::uint64_t test_seed(std::uint64_t usual);

}  // namespace palpo::api
