// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/json_reader.h"

#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/secret_bytes.h"

namespace palpo::kube {
namespace {

// The library copies each string into a buffer of its own, too: the allocator is the one place that
// sees all.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) {}  // NOLINT: as the allocator requirements ask
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* data, std::size_t count) {
    wipe(reinterpret_cast<char*>(data), count * sizeof(T));
    std::allocator<T>().deallocate(data, count);
  }
  bool operator==(const WipingAllocator&) const { return true; }
};

using Text = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;
using Json = nlohmann::basic_json<std::map, std::vector, Text>;

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

// Takes what the library's parser reads, by the names that it calls.
class Builder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  Builder(const int& line, std::size_t max_depth, RepeatedKeys repeated)
      : line_(line), max_depth_(max_depth), repeated_(repeated) {}

  bool null() { return put(Value::Type::null, {}); }
  bool boolean(bool value) { return put(Value::Type::boolean, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) { return put(Value::Type::integer, std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) { return put(Value::Type::integer, std::to_string(value)); }
  bool number_float(number_float_t, std::string_view text) { return put(Value::Type::number, text); }
  bool string(string_t& value) { return put(Value::Type::text, value); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Value::Type::object); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(Value::Type::array); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    open_.back().key = std::string_view(name);
    open_.back().key_line = line_;
    return true;
  }
  // The library's own words quote what it read last, which may be a private key.
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::json::exception&) {
    document_.fault = {};
    fail("not JSON: wrong near byte " + std::to_string(byte));
    document_.root.reset();
    return false;
  }

  Document take() { return std::move(document_); }

 private:
  struct Open {
    ValuePtr value;
    std::string key;
    int key_line = 0;
  };
  void fail(std::string message) {
    if (document_.fault.found()) return;
    document_.fault.message = std::move(message);
    document_.line = line_;
  }
  bool put(Value::Type type, std::string_view text) {
    auto value = std::make_shared<Value>(type, line_);
    value->scalar = text;
    add(std::move(value));
    return true;
  }
  bool open(Value::Type type) {
    if (open_.size() >= max_depth_) {
      fail("the JSON nests deeper than " + std::to_string(max_depth_) + " levels");
      document_.root.reset();
      return false;
    }
    auto value = std::make_shared<Value>(type, line_);
    add(value);
    open_.push_back({std::move(value), {}, 0});
    return true;
  }
  bool close() {
    open_.back().value->sort_members([this](const Member& first, const Member& again) {
      if (repeated_ == RepeatedKeys::last_wins || document_.fault.found()) return;
      document_.line = again.line;
      document_.fault.message = "mapping key \"" + again.name +
                                "\" is repeated; it is already defined at line " + std::to_string(first.line);
    });
    open_.pop_back();
    return true;
  }
  void add(ValuePtr value) {
    if (open_.empty()) {
      document_.root = std::move(value);
    } else if (auto& level = open_.back(); level.value->type == Value::Type::array) {
      level.value->items.push_back(std::move(value));
    } else {
      level.value->members.push_back({level.key, level.key_line, std::move(value)});
    }
  }

  const int& line_;
  const std::size_t max_depth_;
  const RepeatedKeys repeated_;
  Document document_;
  std::vector<Open> open_;
};

}  // namespace

Document read_json(std::string_view text, std::size_t max_depth, RepeatedKeys repeated) {
  int line = 1;
  Builder builder(line, max_depth, repeated);
  const Counting begin(text.data(), &line);
  const Counting end(text.data() + text.size(), &line);
  Json::sax_parse(begin, end, &builder);
  return builder.take();
}

}  // namespace palpo::kube
