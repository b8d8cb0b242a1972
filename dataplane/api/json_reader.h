// SPDX-License-Identifier: Apache-2.0
// Reads JSON by what is expected, front to back, without a tree: unknown, missing and duplicate fields are
// errors that name the field ("update.put.hosts[3].routes[0].path: missing"). Errors stick: after the first,
// every read answers an empty value and finish() tells. Cannot nest deeper than the calls do. One owner, one
// thread.
//
//   JsonReader in(text, "ack");
//   in.object(field("seq", [&] { ack.seq = in.number(UINT64_MAX); }), field("version", [&] { ... }));
//   if (auto read = in.finish(); !read) return read.error();
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace palpo::api {

template <class Read>
struct JsonField {
  std::string_view name;
  Read read;
};
template <class Read>
JsonField<Read> field(std::string_view name, Read read) {
  return {name, std::move(read)};
}

class JsonReader {
 public:
  JsonReader(std::string_view text, std::string_view root);

  std::string string();
  std::uint64_t number(std::uint64_t max);  // whole numbers from 0
  bool boolean();
  bool null();  // takes a null if one is next
  // The index of the string that is next.
  std::size_t one_of(std::span<const std::string_view> words);

  // Exactly these fields, in any order.
  template <class... Read>
  void object(const JsonField<Read>&... fields) {
    const std::array<std::string_view, sizeof...(Read)> names{fields.name...};
    read_object(names, fields...);
    if (!failed()) close_object(names);
  }
  // Exactly one of these fields.
  template <class... Read>
  void choice(const JsonField<Read>&... fields) {
    const std::array<std::string_view, sizeof...(Read)> names{fields.name...};
    read_object(names, fields...);
    if (!failed()) close_choice(names);
  }
  template <class Read>
  void array(Read read) {
    for (open_array(); next_item();) {
      read();
      path_.pop_back();
    }
  }

  // The value that is being read is wrong.
  void fail(const std::string& message);
  bool failed() const { return error_.has_value(); }
  // Nothing but white space may follow. Answers the first error.
  Result<void> finish();

 private:
  struct Step {
    std::string_view field;  // empty: an item of an array
    std::size_t index = 0;
  };
  // An object or array that is open: what was read of it.
  struct Level {
    std::uint32_t seen = 0;
    std::size_t items = 0;
  };

  template <class... Read>
  void read_object(std::span<const std::string_view> names, const JsonField<Read>&... fields) {
    static_assert(sizeof...(Read) <= 32);
    for (open_object(); const auto which = next_field(names);) {
      std::size_t index = 0;
      ((index++ == *which ? fields.read() : void()), ...);
      path_.pop_back();
    }
  }

  void open_object();
  std::optional<std::size_t> next_field(std::span<const std::string_view> names);
  void close_object(std::span<const std::string_view> names);
  void close_choice(std::span<const std::string_view> names);
  void open_array();
  bool next_item();

  void open(char bracket, std::string_view what);
  bool next_member(char bracket);  // false: the bracket closed, or an error
  char skip_blanks();              // the next byte, not taken; 0 at the end
  bool take(std::string_view word);
  void read_string(std::string& out);
  void read_escape(std::string& out);
  std::optional<std::uint32_t> read_hex4();
  void fail_expected(std::string_view what);
  std::string where() const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view root_;
  std::vector<Step> path_;
  std::vector<Level> levels_;
  std::string key_;
  std::optional<Error> error_;
};

}  // namespace palpo::api
