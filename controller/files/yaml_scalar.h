// SPDX-License-Identifier: Apache-2.0
// What a plain YAML scalar is, by the rules kubectl applies (YAML 1.1 as Go reads it): `yes` is a boolean,
// `010` is eight, `2026-01-31` is a text. A manifest means here what it means there. Pure, any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace palpo::files {

struct Scalar {
  enum class Type { null, boolean, number, text, not_json };  // not_json: infinity and not-a-number
  Type type = Type::text;
  std::string json;  // of booleans and numbers
};

Scalar resolve_plain(std::string_view text);

}  // namespace palpo::files
