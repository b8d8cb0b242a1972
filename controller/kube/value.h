// SPDX-License-Identifier: Apache-2.0
// A document as both sources read it: JSON's values, each with its line, so that a fault can name the place.
// Texts are overwritten when freed, because Secrets pass through here. Immutable once built; any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace palpo::kube {

constexpr std::size_t kMaxDepth = 64;  // of manifests

struct Value;
using ValuePtr = std::shared_ptr<Value>;  // shared by aliases of YAML; there are no circles

struct Member {
  std::string name;
  int line = 0;
  ValuePtr value;
};

struct Value {
  enum class Type { null, boolean, integer, number, text, array, object };
  Type type = Type::null;
  int line = 0;        // 1 is the first
  std::string scalar;  // a boolean or a number as JSON writes it, or the text
  std::vector<ValuePtr> items;
  std::vector<Member> members;  // sorted by name, see sort_members()

  Value(Type of_type, int at_line) : type(of_type), line(at_line) {}
  Value(const Value&) = default;
  Value& operator=(const Value&) = delete;
  ~Value();

  bool is_null() const { return type == Type::null; }
  // Each is empty when the value has another type.
  std::optional<std::string_view> text() const;
  std::optional<std::int64_t> integer() const;
  std::optional<bool> boolean() const;

  const Value& member(std::string_view name) const;  // null when absent or no object
  const Member* find_member(std::string_view name) const;
  std::size_t size() const;                  // of an array or object
  const Value& at(std::size_t index) const;  // of an array; index < size()
  void each_member(const std::function<void(std::string_view name, const Value& value)>& visit) const;

  void set(std::string_view name, ValuePtr value);
  // Of several members of a name the last remains; visit is told of those before it.
  void sort_members(const std::function<void(const Member& first, const Member& again)>& visit = {});
  void set_number(std::string text);  // an integer if it is one that fits
};

// Compact JSON, members sorted by name. Aliases are written out in full: more values than a document can
// honestly have are Error::limit.
Result<std::string> canonical_json(const Value& value, std::size_t max_depth = kMaxDepth);

// What is wrong with a document or an object, and where: "spec.backend.service.port", "expected a number".
struct Fault {
  std::string path;
  std::string message;
  bool found() const { return !message.empty(); }
  void set(const std::string& at, std::string_view what);  // the first one counts
  std::string text() const { return path.empty() ? message : path + ": " + message; }
  auto operator<=>(const Fault&) const = default;
};

// The place of a path, or of its deepest part that is there.
struct Place {
  int line = 0;
  const Value* value = nullptr;  // null: not all of the path is there
};
Place find_place(const Value& root, std::string_view path);

struct Document {
  ValuePtr root;  // may be incomplete when there is a fault
  int line = 0;   // of the fault
  Fault fault;
};

}  // namespace palpo::kube
