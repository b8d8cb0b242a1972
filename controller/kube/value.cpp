// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/value.h"

#include <algorithm>
#include <charconv>

#include "base/secret_bytes.h"

namespace palpo::kube {
namespace {

constexpr std::size_t kMaxValues = 200'000;
constexpr std::size_t kMaxBytes = std::size_t{32} << 20;

template <class Number>
bool is_whole(std::string_view text) {
  Number number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size();
}

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
  explicit Writer(std::size_t max_depth) : max_depth_(max_depth) {}

  bool write(const Value& value, std::size_t depth) {
    // Aliases can nest what was not deep in the text.
    if (++values_ > kMaxValues || out_.size() > kMaxBytes || depth > max_depth_) return false;
    switch (value.type) {
      case Value::Type::null:
        out_ += "null";
        return true;
      case Value::Type::boolean:
      case Value::Type::integer:
      case Value::Type::number:
        out_ += value.scalar;
        return true;
      case Value::Type::text:
        write_text(value.scalar, out_);
        return true;
      case Value::Type::array:
        return write_array(value, depth);
      case Value::Type::object:
        return write_object(value, depth);
    }
    return false;
  }
  std::string take() { return std::move(out_); }
  void wipe_all() { wipe(out_.data(), out_.size()); }

 private:
  bool write_array(const Value& value, std::size_t depth) {
    out_ += '[';
    for (const auto& item : value.items) {
      if (&item != &value.items.front()) out_ += ',';
      if (!write(*item, depth + 1)) return false;
    }
    out_ += ']';
    return true;
  }
  bool write_object(const Value& value, std::size_t depth) {
    out_ += '{';
    for (const auto& member : value.members) {
      if (&member != &value.members.front()) out_ += ',';
      write_text(member.name, out_);
      out_ += ':';
      if (!write(*member.value, depth + 1)) return false;
    }
    out_ += '}';
    return true;
  }
  const std::size_t max_depth_;
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

Value::~Value() {
  if (!scalar.empty()) wipe(scalar.data(), scalar.size());
}

std::optional<std::string_view> Value::text() const {
  if (type != Type::text) return std::nullopt;
  return scalar;
}

std::optional<std::int64_t> Value::integer() const {
  if (type != Type::integer) return std::nullopt;
  std::int64_t number = 0;
  const auto* const end = scalar.data() + scalar.size();
  if (std::from_chars(scalar.data(), end, number).ec != std::errc()) return std::nullopt;
  return number;
}

std::optional<bool> Value::boolean() const {
  if (type != Type::boolean) return std::nullopt;
  return scalar == "true";
}

const Member* Value::find_member(std::string_view name) const {
  const auto at = std::ranges::lower_bound(members, name, {}, &Member::name);
  return at == members.end() || at->name != name ? nullptr : &*at;
}

const Value& Value::member(std::string_view name) const {
  static const Value kNull(Type::null, 0);
  const auto* const found = find_member(name);
  return found == nullptr ? kNull : *found->value;
}

std::size_t Value::size() const { return type == Type::array ? items.size() : members.size(); }

const Value& Value::at(std::size_t index) const { return *items.at(index); }

void Value::each_member(const std::function<void(std::string_view, const Value&)>& visit) const {
  for (const auto& entry : members) visit(entry.name, *entry.value);
}

void Value::set(std::string_view name, ValuePtr value) {
  const int at_line = value->line;
  const auto at = std::ranges::lower_bound(members, name, {}, &Member::name);
  if (at != members.end() && at->name == name)
    at->value = std::move(value);
  else
    members.insert(at, {std::string(name), at_line, std::move(value)});
}

void Value::sort_members(const std::function<void(const Member&, const Member&)>& visit) {
  std::ranges::stable_sort(members, {}, &Member::name);
  for (auto at = members.begin(); at != members.end();) {
    const auto next = std::next(at);
    if (next == members.end() || next->name != at->name) {
      at = next;
      continue;
    }
    if (visit) visit(*at, *next);
    at = members.erase(at);
  }
}

void Value::set_number(std::string text) {
  type = is_whole<std::int64_t>(text) || is_whole<std::uint64_t>(text) ? Type::integer : Type::number;
  scalar = std::move(text);
}

Result<std::string> canonical_json(const Value& value, std::size_t max_depth) {
  Writer writer(max_depth);
  if (writer.write(value, 1)) return writer.take();
  writer.wipe_all();
  return Error{ErrorKind::limit, "with its aliases written out it has more than " +
                                     std::to_string(kMaxValues) + " values, or nests deeper than " +
                                     std::to_string(max_depth)};
}

void Fault::set(const std::string& at, std::string_view what) {
  if (found()) return;
  path = at;
  message = what;
}

Place find_place(const Value& root, std::string_view path) {
  const Value* value = &root;
  int line = root.line;
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    if (const auto index = take_index(path)) {
      if (*index >= value->items.size()) return {line, nullptr};
      value = value->items[*index].get();
      line = value->line;
      continue;
    }
    const auto* const member = value->find_member(take_name(path));
    if (member == nullptr) return {line, nullptr};
    value = member->value.get();
    line = member->line;
  }
  return {line, value};
}

}  // namespace palpo::kube
