// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/fields.h"

namespace palpo::kube {

std::string join_path(const std::string& path, std::string_view name) {
  if (name.find_first_of(".[]") != std::string_view::npos) return path + "[\"" + std::string(name) + "\"]";
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

Fields::Fields(const Value& object, std::string path, Fault& fault)
    : object_(&object), path_(std::move(path)), fault_(&fault) {
  if (!object.is_null() && object.type != Value::Type::object) fault_->set(path_, "expected an object");
}

std::string Fields::text(std::string_view name, std::string_view absent) {
  const auto& field = value(name);
  if (field.is_null()) return std::string(absent);
  const auto text = field.text();
  if (!text) fail(name, "expected a string");
  return std::string(text.value_or(""));
}

std::int64_t Fields::integer(std::string_view name, std::int64_t absent) {
  const auto& field = value(name);
  if (field.is_null()) return absent;
  const auto number = field.integer();
  if (!number) fail(name, "expected a whole number");
  return number.value_or(absent);
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const auto& field = value(name);
  if (field.is_null()) return std::nullopt;
  const auto truth = field.boolean();
  if (!truth) fail(name, "expected true or false");
  return truth;
}

std::vector<std::string> Fields::texts(std::string_view name) {
  std::vector<std::string> all;
  const auto& field = value(name);
  if (field.is_null()) return all;
  if (field.type != Value::Type::array) {
    fail(name, "expected a list of strings");
    return all;
  }
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto text = field.at(i).text();
    if (!text) fault_->set(join_path(path_, name) + "[" + std::to_string(i) + "]", "expected a string");
    all.emplace_back(text.value_or(""));
  }
  return all;
}

std::map<std::string, std::string> Fields::text_map(std::string_view name) {
  std::map<std::string, std::string> all;
  Fields members = object(name);
  members.object_->each_member([&](std::string_view key, const Value& field) {
    const auto text = field.text();
    if (!text && !field.is_null()) members.fail(key, "expected a string");
    all.emplace(key, text.value_or(""));
  });
  return all;
}

Fields Fields::object(std::string_view name) { return {value(name), join_path(path_, name), *fault_}; }

void Fields::each(std::string_view name, const std::function<void(Fields)>& visit) {
  const auto& field = value(name);
  if (field.is_null()) return;
  if (field.type != Value::Type::array) {
    fail(name, "expected a list");
    return;
  }
  for (std::size_t i = 0; i < field.size(); ++i)
    visit({field.at(i), join_path(path_, name) + "[" + std::to_string(i) + "]", *fault_});
}

std::string Fields::required_text(std::string_view name) {
  auto found = text(name);
  if (found.empty()) fail(name, "required");
  return found;
}

std::int32_t Fields::port(std::string_view name) {
  if (!has(name)) {
    fail(name, "required");
    return 0;
  }
  const auto number = value(name).integer();
  if (!number || *number < 1 || *number > 65535) {
    fail(name, "expected a port number from 1 to 65535");
    return 0;
  }
  return static_cast<std::int32_t>(*number);
}

}  // namespace palpo::kube
