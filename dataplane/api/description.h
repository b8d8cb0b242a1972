// SPDX-License-Identifier: Apache-2.0
// How a struct of the contract is described: its fields in canonical order, each with its name in JSON, its
// meaning and the rule of its content. The descriptions (fields.h, message_fields.h) are the only place where
// a field is spelled out: writer (json_write.h), reader (json_read.h), digest, validation, random models and
// the field tables of README.md all walk them. Compile-time data.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "dataplane/api/model.h"
#include "dataplane/api/names.h"

namespace palpo::api {

// Rules of content: what one field may hold, for validate.h to check and for the page to say. Rules between
// fields are in validate.cpp.
struct AnyValue {};
struct TextRule {
  TextFault (*fault)(std::string_view);
  std::string_view words;
  bool value_shown = true;  // a fault quotes the text
};
struct Range {
  std::uint64_t low;
  std::uint64_t high;
};
struct AtMost {  // so many items
  std::size_t items;
};
struct NameOf {  // of a resource that exists
  ResourceKind kind;
};

template <class Struct, class Value, class Rule = AnyValue>
struct Field {
  std::string_view name;  // in JSON; in messages with blanks for underscores
  Value Struct::*member;
  std::string_view meaning;  // Markdown
  Rule rule{};
};
template <class Struct, class Value>
Field(std::string_view, Value Struct::*, std::string_view) -> Field<Struct, Value>;
template <class Struct, class Value, class Rule>
Field(std::string_view, Value Struct::*, std::string_view, Rule) -> Field<Struct, Value, Rule>;

// Specialised for each struct:
//   static constexpr std::tuple fields{Field{...}, ...};
// and, for structs that stand in arrays, what faults call one of them and the field that tells it from
// others:
//   static constexpr std::string_view noun = "route";
//   static constexpr auto key = &Route::path;
template <class Struct>
struct Description;

template <class T>
concept Described = requires {
  Description<T>::fields;
};

// Specialised for each enumeration: static constexpr std::array<Word<Enum>, N> all, in canonical order.
template <class Enum>
struct Word {
  Enum value;
  std::string_view word;
};
template <class Enum>
struct Words;

// Specialised for each variant: static constexpr std::tuple all{Choice<Alternative>{...}, ...}, in the
// variant's order.
template <class Alternative>
struct Choice {
  std::string_view name;  // the only field of the JSON object
  std::string_view noun;  // in faults: "its NOUN's status ..."; empty: "its cluster ..."
};
template <class Variant>
struct Choices;

// What the walkers tell apart. A length of time is a number of its units; its field's name says which.
template <class T>
inline constexpr bool is_duration = false;
template <class Count, class Unit>
inline constexpr bool is_duration<std::chrono::duration<Count, Unit>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

}  // namespace palpo::api
