// SPDX-License-Identifier: Apache-2.0
// Reads whatever is described from JSON, syntax only: the rules of content are validate.h's. Errors stay in
// the reader. Pure, any thread.
#pragma once
#include <concepts>
#include <limits>
#include <string>
#include <tuple>

#include "dataplane/api/fields.h"
#include "dataplane/api/json_reader.h"

namespace palpo::api {

template <class T>
void read_json(JsonReader& in, T& value);

template <class Enum>
Enum read_word(JsonReader& in) {
  static constexpr auto kWords = [] {
    std::array<std::string_view, Words<Enum>::all.size()> words;
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = Words<Enum>::all[i].word;
    return words;
  }();
  return Words<Enum>::all[in.one_of(kWords)].value;
}

inline ListenerSet read_listeners(JsonReader& in) {
  ListenerSet listeners;
  in.array([&] {
    const auto listener = read_word<Listener>(in);
    if (listeners.has(listener)) in.fail("is repeated");
    listeners = listeners.with(listener);
  });
  return listeners;
}

inline Digest read_digest(JsonReader& in) {
  const auto digest = in.null() ? std::nullopt : Digest::from_hex(in.string());
  if (!digest) in.fail("expected 64 lower-case hexadecimal digits");
  return digest.value_or(Digest{});
}

// A rule may read its field itself, when what it refuses cannot be a value at all.
template <class T, class Rule>
void read_json_field(JsonReader& in, T& value, const Rule& rule) {
  if constexpr (requires { rule.read(in, value); })
    rule.read(in, value);
  else
    read_json(in, value);
}

template <Described T>
void read_json_object(JsonReader& in, T& value) {
  std::apply(
      [&](const auto&... each) {
        in.object(field(each.name, [&] { read_json_field(in, value.*each.member, each.rule); })...);
      },
      Description<T>::fields);
}

template <class Variant>
void read_json_choice(JsonReader& in, Variant& value) {
  const auto read = [&]<class Alternative>(const Choice<Alternative>&) {
    read_json(in, value.template emplace<Alternative>());
  };
  std::apply([&](const auto&... choice) { in.choice(field(choice.name, [&] { read(choice); })...); },
             Choices<Variant>::all);
}

template <class T>
void read_json(JsonReader& in, T& value) {
  if constexpr (Described<T>) {
    read_json_object(in, value);
  } else if constexpr (std::same_as<T, bool>) {
    value = in.boolean();
  } else if constexpr (std::integral<T>) {
    value = static_cast<T>(in.number(std::numeric_limits<T>::max()));
  } else if constexpr (is_duration<T>) {
    value = T(in.number(std::numeric_limits<std::int64_t>::max()));
  } else if constexpr (std::same_as<T, std::string>) {
    value = in.string();
  } else if constexpr (std::same_as<T, Digest>) {
    value = read_digest(in);
  } else if constexpr (std::same_as<T, ListenerSet>) {
    value = read_listeners(in);
  } else if constexpr (std::is_enum_v<T>) {
    value = read_word<T>(in);
  } else if constexpr (is_optional<T>) {
    if (!in.null()) read_json(in, value.emplace());
  } else if constexpr (is_list<T>) {
    in.array([&] { read_json(in, value.emplace_back()); });
  } else if constexpr (is_variant<T>) {
    read_json_choice(in, value);
  } else {  // a Ref: sealed here, digests are the receiver's own
    std::remove_const_t<decltype(value->value)> content;
    read_json(in, content);
    if (!in.failed()) value = seal(std::move(content));
  }
}

}  // namespace palpo::api
