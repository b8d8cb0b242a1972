// SPDX-License-Identifier: Apache-2.0
// An immutable hash map from names to values, cut into shards that versions share: a changed entry copies one
// shard, whatever the size of the whole. Values are copied when their shard is, so they are pointers. Any
// thread may read.
#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace palpo::routing {

template <class V>
class ShardedMap {
 public:
  const V* find(std::string_view name) const {
    const auto& shard = shards_[shard_of(name)];
    if (!shard) return nullptr;
    const auto it = shard->find(name);
    return it == shard->end() ? nullptr : &it->second;
  }

  // In place, for a map that nobody else reads yet: copies the touched shard if another version shares it.
  void put(std::string_view name, V value) {
    writable(name).insert_or_assign(std::string(name), std::move(value));
  }
  void drop(std::string_view name) {
    auto& shard = writable(name);
    if (const auto it = shard.find(name); it != shard.end()) shard.erase(it);
  }

  std::size_t size() const {
    std::size_t total = 0;
    for (const auto& shard : shards_) total += shard ? shard->size() : 0;
    return total;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Shard = std::unordered_map<std::string, V, Hash, std::equal_to<>>;
  static constexpr std::size_t kShards = 256;
  static std::size_t shard_of(std::string_view name) {
    return (std::hash<std::string_view>{}(name) >> 48) %
           kShards;  // other bits than the shard's own buckets use
  }
  Shard& writable(std::string_view name) {
    auto& shard = shards_[shard_of(name)];
    if (!shard) shard = std::make_shared<Shard>();
    if (shard.use_count() > 1) shard = std::make_shared<Shard>(*shard);
    return *shard;
  }
  std::array<std::shared_ptr<Shard>, kShards> shards_;
};

}  // namespace palpo::routing
