// SPDX-License-Identifier: Apache-2.0
#include "controller/files/json_reader.h"

#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

namespace palpo::files {
namespace {

// The library tells positions only with errors; the text is counted as it is read.
class Counting {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Counting(const char* at, int* line) : at_(at), line_(line) {}
  const char& operator*() const { return *at_; }
  Counting& operator++() {
    if (*at_++ == '\n') ++*line_;
    return *this;
  }
  Counting operator++(int) { return std::exchange(*this, ++Counting(*this)); }
  bool operator==(const Counting& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  int* line_;
};

class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(const int& line) : line_(line) {}

  bool null() override { return put(Node::Type::null, {}); }
  bool boolean(bool value) override { return put(Node::Type::plain, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return put(Node::Type::plain, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return put(Node::Type::plain, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& text) override { return put(Node::Type::plain, text); }
  bool string(string_t& value) override { return put(Node::Type::text, value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Node::Type::object); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Node::Type::array); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    auto& level = open_.back();
    level.key = name;
    level.key_line = line_;
    const auto [first, fresh] = level.lines.try_emplace(name, line_);
    if (!fresh && !document_.fault)
      document_.fault = TreeFault{line_, "mapping key \"" + name + "\" is repeated; it stands at line " +
                                             std::to_string(first->second) + " already"};
    return true;
  }
  // The library's own words quote what it read last, which may be a private key.
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::json::exception&) override {
    syntax_ = "not JSON: wrong near byte " + std::to_string(byte);
    return false;
  }

  Documents take() {
    Documents result;
    if (!syntax_.empty()) {
      result.fault = TreeFault{line_, std::move(syntax_)};
    } else if (document_.root) {
      result.documents.push_back(std::move(document_));
    }
    return result;
  }

 private:
  struct Open {
    NodePtr node;
    std::string key;
    int key_line = 0;
    std::unordered_map<std::string, int> lines;
  };
  bool put(Node::Type type, std::string text) {
    auto node = std::make_shared<Node>(type, line_);
    node->text = std::move(text);
    add(std::move(node));
    return true;
  }
  bool open(Node::Type type) {
    if (open_.size() >= kMaxDepth) {
      syntax_ = "nests deeper than " + std::to_string(kMaxDepth);
      return false;
    }
    auto node = std::make_shared<Node>(type, line_);
    add(node);
    open_.push_back({std::move(node), {}, 0, {}});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  void add(NodePtr node) {
    if (open_.empty()) {
      document_.root = std::move(node);
    } else if (auto& level = open_.back(); level.node->type == Node::Type::array) {
      level.node->items.push_back(std::move(node));
    } else {
      level.node->members.push_back({level.key, level.key_line, std::move(node)});
    }
  }

  const int& line_;
  Document document_;
  std::vector<Open> open_;
  std::string syntax_;
};

}  // namespace

Documents read_json(std::string_view text) {
  int line = 1;
  Builder builder(line);
  const Counting begin(text.data(), &line);
  const Counting end(text.data() + text.size(), &line);
  nlohmann::json::sax_parse(begin, end, &builder);
  return builder.take();
}

}  // namespace palpo::files
