// SPDX-License-Identifier: Apache-2.0
#include "controller/files/tree.h"

#include <algorithm>
#include <charconv>

#include "base/secret_bytes.h"

namespace palpo::files {
namespace {

constexpr std::size_t kMaxValues = 200'000;
constexpr std::size_t kMaxBytes = std::size_t{32} << 20;

void write_text(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') out += '\\';
    if (static_cast<unsigned char>(byte) >= 0x20) {
      out += byte;
    } else {
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(byte) >> 4];
      out += kDigits[byte & 0xf];
    }
  }
  out += '"';
}

class Writer {
 public:
  bool write(const Node& node, std::size_t depth) {
    // Aliases can nest what was not deep in the text.
    if (++values_ > kMaxValues || out_.size() > kMaxBytes || depth > kMaxDepth) return false;
    switch (node.type) {
      case Node::Type::null:
        out_ += "null";
        return true;
      case Node::Type::plain:
        out_ += node.text;
        return true;
      case Node::Type::text:
        write_text(node.text, out_);
        return true;
      case Node::Type::array:
        return write_array(node, depth);
      case Node::Type::object:
        return write_object(node, depth);
    }
    return false;
  }
  std::string take() { return std::move(out_); }
  void wipe_all() { wipe(out_.data(), out_.size()); }

 private:
  bool write_array(const Node& node, std::size_t depth) {
    out_ += '[';
    for (const auto& item : node.items) {
      if (&item != &node.items.front()) out_ += ',';
      if (!write(*item, depth + 1)) return false;
    }
    out_ += ']';
    return true;
  }
  bool write_object(const Node& node, std::size_t depth) {
    out_ += '{';
    for (const auto& member : node.members) {
      if (&member != &node.members.front()) out_ += ',';
      write_text(member.name, out_);
      out_ += ':';
      if (!write(*member.value, depth + 1)) return false;
    }
    out_ += '}';
    return true;
  }
  std::string out_;
  std::size_t values_ = 0;
};

// "[12]" at the front of a path; the rest stays.
std::optional<std::size_t> take_index(std::string_view& path) {
  if (!path.starts_with('[')) return std::nullopt;
  std::size_t index = 0;
  const auto [end, failed] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
  if (failed != std::errc() || end == path.data() + path.size() || *end != ']') return std::nullopt;
  path.remove_prefix(static_cast<std::size_t>(end + 1 - path.data()));
  return index;
}

// A name at the front of a path; the rest stays. One that holds dots or brackets stands as ["tls.crt"].
std::string_view take_name(std::string_view& path) {
  const bool quoted = path.starts_with("[\"");
  if (quoted) path.remove_prefix(2);
  const auto name = path.substr(0, quoted ? path.find("\"]") : path.find_first_of(".["));
  path.remove_prefix(std::min(path.size(), name.size() + (quoted ? 2 : 0)));
  return name;
}

}  // namespace

Node::~Node() {
  if (!text.empty()) wipe(text.data(), text.size());
}

const NodePtr* Node::member(std::string_view name) const {
  const auto at = std::ranges::find(members, name, &Member::name);
  return at == members.end() ? nullptr : &at->value;
}

std::string_view Node::member_text(std::string_view name) const {
  const auto* value = member(name);
  return value != nullptr && (*value)->type == Type::text ? std::string_view((*value)->text)
                                                          : std::string_view();
}

void Node::set(std::string_view name, NodePtr value) {
  const auto at = std::ranges::find(members, name, &Member::name);
  if (at != members.end()) {
    at->value = std::move(value);
    return;
  }
  const int at_line = value->line;
  members.push_back({std::string(name), at_line, std::move(value)});
}

Result<std::string> to_json(const Node& node) {
  Writer writer;
  if (writer.write(node, 1)) return writer.take();
  writer.wipe_all();
  return Error{ErrorKind::limit, "with its aliases written out it has more than " +
                                     std::to_string(kMaxValues) + " values, or nests deeper than " +
                                     std::to_string(kMaxDepth)};
}

Place find_place(const Node& root, std::string_view path) {
  const Node* node = &root;
  int line = root.line;
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    if (const auto index = take_index(path)) {
      if (*index >= node->items.size()) return {line, nullptr};
      node = node->items[*index].get();
      line = node->line;
      continue;
    }
    const auto member = std::ranges::find(node->members, take_name(path), &Member::name);
    if (member == node->members.end()) return {line, nullptr};
    node = member->value.get();
    line = member->line;
  }
  return {line, node};
}

}  // namespace palpo::files
