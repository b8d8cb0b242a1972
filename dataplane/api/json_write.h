// SPDX-License-Identifier: Apache-2.0
// Canonical JSON of whatever is described: fields in the order of the description, no white space. Pure, any
// thread.
#pragma once
#include <concepts>
#include <string>
#include <tuple>

#include "base/json_text.h"
#include "dataplane/api/fields.h"

namespace palpo::api {

inline void append_json_name(std::string& out, char before, std::string_view name) {
  out += before;
  out += '"';
  out += name;
  out += "\":";
}

// The word of an enumeration's value.
template <class Enum>
constexpr std::string_view word_of(Enum value) {
  for (const auto& each : Words<Enum>::all)
    if (each.value == value) return each.word;
  return "unknown";
}

template <class T>
void write_json(std::string& out, const T& value);

template <Described T>
void write_json_object(std::string& out, const T& value) {
  char before = '{';
  const auto write = [&](const auto& field) {
    append_json_name(out, before, field.name);
    write_json(out, value.*field.member);
    before = ',';
  };
  std::apply([&](const auto&... field) { (write(field), ...); }, Description<T>::fields);
  out += '}';
}

template <class Variant>
void write_json_choice(std::string& out, const Variant& value) {
  const auto write = [&]<class Alternative>(const Choice<Alternative>& choice) {
    const auto* held = std::get_if<Alternative>(&value);
    if (held == nullptr) return;
    append_json_name(out, '{', choice.name);
    write_json(out, *held);
  };
  std::apply([&](const auto&... choice) { (write(choice), ...); }, Choices<Variant>::all);
  out += '}';
}

inline void write_json_listeners(std::string& out, ListenerSet listeners) {
  std::vector<std::string_view> words;
  for (const auto& each : Words<Listener>::all)
    if (listeners.has(each.value)) words.push_back(each.word);
  append_json_array(out, words, [&](std::string_view word) { append_json_string(out, word); });
}

template <class T>
void write_json(std::string& out, const T& value) {
  if constexpr (Described<T>) {
    write_json_object(out, value);
  } else if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::integral<T>) {
    out += std::to_string(value);
  } else if constexpr (is_duration<T>) {
    out += std::to_string(value.count());
  } else if constexpr (std::same_as<T, std::string>) {
    append_json_string(out, value);
  } else if constexpr (std::same_as<T, Digest>) {
    append_json_string(out, value.hex());
  } else if constexpr (std::same_as<T, ListenerSet>) {
    write_json_listeners(out, value);
  } else if constexpr (std::is_enum_v<T>) {
    append_json_string(out, word_of(value));
  } else if constexpr (is_optional<T>) {
    if (value)
      write_json(out, *value);
    else
      out += "null";
  } else if constexpr (is_list<T>) {
    append_json_array(out, value, [&](const auto& item) { write_json(out, item); });
  } else if constexpr (is_variant<T>) {
    write_json_choice(out, value);
  } else {  // a Ref
    write_json(out, value->value);
  }
}

}  // namespace palpo::api
