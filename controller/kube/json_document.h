// SPDX-License-Identifier: Apache-2.0
// A parsed JSON text in std types: the JSON library stays in json_document.cpp. Every string of the tree is
// overwritten when it is freed, because Secrets pass through here. Value types, any thread; a view lives as
// long as its document.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palpo::kube {

class JsonView {
 public:
  enum class Type { null, boolean, integer, number, text, array, object };

  JsonView() = default;  // null, as an absent member is
  Type type() const;
  bool is_null() const { return type() == Type::null; }
  // Each is empty when the value has another type.
  std::optional<std::string_view> text() const;
  std::optional<std::int64_t> integer() const;
  std::optional<bool> boolean() const;

  JsonView member(std::string_view name) const;  // null when absent or no object
  std::size_t size() const;                      // of an array or object
  JsonView at(std::size_t index) const;          // of an array; index < size()
  void each_member(const std::function<void(std::string_view name, JsonView value)>& visit) const;

  std::string canonical() const;  // compact, members sorted by name

 private:
  friend class JsonDocument;
  explicit JsonView(const void* node) : node_(node) {}
  const void* node_ = nullptr;
};

enum class DuplicateKeys { last_wins, refused };

class JsonDocument {
 public:
  // Refuses what is not one JSON value, nests too deep, or (refused) repeats a key: the message names the
  // path.
  static Result<JsonDocument> parse(std::string_view text,
                                    DuplicateKeys duplicates = DuplicateKeys::last_wins);
  JsonView root() const;

 private:
  std::shared_ptr<const void> tree_;
};

}  // namespace palpo::kube
