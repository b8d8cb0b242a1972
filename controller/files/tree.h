// SPDX-License-Identifier: Apache-2.0
// A manifest's document between its text and JSON: typed as Kubernetes types YAML, every value with its line,
// so that a fault can name the place. Texts are overwritten when freed, because Secrets pass through here.
// One owner, one thread.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace palpo::files {

struct Node;
using NodePtr = std::shared_ptr<Node>;  // shared by aliases; there are no circles

struct Member {
  std::string name;
  int line = 0;
  NodePtr value;
};

struct Node {
  enum class Type { null, plain, text, array, object };  // plain: a boolean or a number, as JSON writes it
  Type type = Type::null;
  int line = 0;  // 1 is the first
  std::string text;
  std::vector<NodePtr> items;
  std::vector<Member> members;

  Node(Type of_type, int at_line) : type(of_type), line(at_line) {}
  Node(const Node&) = default;
  Node& operator=(const Node&) = delete;
  ~Node();

  const NodePtr* member(std::string_view name) const;         // null: absent
  std::string_view member_text(std::string_view name) const;  // empty: absent or not a text
  void set(std::string_view name, NodePtr value);
};

struct TreeFault {
  int line = 0;
  std::string message;
};

struct Document {
  NodePtr root;                    // may be incomplete when there is a fault
  std::optional<TreeFault> fault;  // the first
};

struct Documents {
  std::vector<Document> documents;
  std::optional<TreeFault> fault;  // where the syntax ends; what follows could not be read
};

constexpr std::size_t kMaxDepth = 64;

// Aliases are written out in full; more values than a manifest can honestly have are Error::limit.
Result<std::string> to_json(const Node& node);

// The place of a path as decoders name it ("spec.rules[0].host"), or of its deepest part that is there.
struct Place {
  int line = 0;
  const Node* value = nullptr;  // null: not all of the path is there
};
Place find_place(const Node& root, std::string_view path);

}  // namespace palpo::files
