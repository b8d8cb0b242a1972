// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/json_document.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/json_text.h"
#include "base/secret_bytes.h"

namespace palpo::kube {
namespace {

// The library copies each string at least twice (token buffer, tree): the allocator is the one place that
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

constexpr int kMaxDepth = 128;

// Follows the parser and finds the first key that an object repeats.
class RepeatedKey {
 public:
  bool operator()(int, Json::parse_event_t event, const Json& value) {
    using Event = Json::parse_event_t;
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        next_element();
        frames_.push_back({event == Event::array_start, 0, {}, {}});
        break;
      case Event::object_end:
      case Event::array_end:
        frames_.pop_back();
        break;
      case Event::value:
        next_element();
        break;
      case Event::key: {
        auto& frame = frames_.back();
        frame.key = std::string(value.get_ref<const Text&>());
        if (!frame.keys.insert(frame.key).second && path_.empty()) path_ = path();
        break;
      }
    }
    return true;
  }
  const std::string& found() const { return path_; }

 private:
  struct Frame {
    bool array;
    std::size_t seen;
    std::string key;
    std::set<std::string> keys;
  };
  void next_element() {
    if (!frames_.empty() && frames_.back().array) ++frames_.back().seen;
  }
  std::string path() const {
    std::string text;
    for (const auto& frame : frames_) {
      if (frame.array)
        text += "[" + std::to_string(frame.seen - 1) + "]";
      else
        text += (text.empty() ? "" : ".") + frame.key;
    }
    return text;
  }
  std::vector<Frame> frames_;
  std::string path_;
};

const Json& as_json(const void* node) { return *static_cast<const Json*>(node); }

}  // namespace

JsonView::Type JsonView::type() const {
  if (node_ == nullptr) return Type::null;
  switch (as_json(node_).type()) {
    case Json::value_t::boolean:
      return Type::boolean;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return Type::integer;
    case Json::value_t::number_float:
      return Type::number;
    case Json::value_t::string:
      return Type::text;
    case Json::value_t::array:
      return Type::array;
    case Json::value_t::object:
      return Type::object;
    default:
      return Type::null;
  }
}

std::optional<std::string_view> JsonView::text() const {
  if (type() != Type::text) return std::nullopt;
  return std::string_view(as_json(node_).get_ref<const Text&>());
}

std::optional<std::int64_t> JsonView::integer() const {
  if (type() != Type::integer) return std::nullopt;
  const auto& json = as_json(node_);
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  }
  return json.get<std::int64_t>();
}

std::optional<bool> JsonView::boolean() const {
  if (type() != Type::boolean) return std::nullopt;
  return as_json(node_).get<bool>();
}

JsonView JsonView::member(std::string_view name) const {
  if (type() != Type::object) return {};
  const auto& members = as_json(node_).get_ref<const Json::object_t&>();
  const auto found = members.find(Text(name));
  return found == members.end() ? JsonView() : JsonView(&found->second);
}

std::size_t JsonView::size() const { return node_ == nullptr ? 0 : as_json(node_).size(); }

JsonView JsonView::at(std::size_t index) const {
  return JsonView(&as_json(node_).get_ref<const Json::array_t&>().at(index));
}

void JsonView::each_member(const std::function<void(std::string_view, JsonView)>& visit) const {
  if (type() != Type::object) return;
  for (const auto& [name, value] : as_json(node_).get_ref<const Json::object_t&>())
    visit(name, JsonView(&value));
}

std::string JsonView::canonical() const {
  return node_ == nullptr ? "null" : std::string(std::string_view(as_json(node_).dump()));
}

Result<JsonDocument> JsonDocument::parse(std::string_view text, DuplicateKeys duplicates) {
  if (auto depth = check_json_nesting(text, kMaxDepth); !depth) return depth.error();
  JsonDocument document;
  try {
    RepeatedKey repeated;
    if (duplicates == DuplicateKeys::refused) {
      const auto watch = [&repeated](int depth, Json::parse_event_t event, Json& value) {
        return repeated(depth, event, value);
      };
      document.tree_ = std::make_shared<const Json>(Json::parse(text.begin(), text.end(), watch));
      if (!repeated.found().empty()) return invalid(repeated.found() + ": the key is given twice");
    } else {
      document.tree_ = std::make_shared<const Json>(Json::parse(text.begin(), text.end()));
    }
  } catch (const Json::parse_error& error) {
    // The library's own text quotes the input, which may be a Secret.
    return invalid("not JSON: wrong near byte " + std::to_string(error.byte));
  } catch (const Json::exception& error) {
    return invalid("not usable JSON (number out of range)");
  }
  return document;
}

JsonView JsonDocument::root() const { return JsonView(tree_.get()); }

}  // namespace palpo::kube
