// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/json_reader.h"

#include <algorithm>

#include "base/printable.h"
#include "dataplane/api/names.h"

namespace palpo::api {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string one_line(std::span<const std::string_view> words) {
  std::string text;
  for (const auto word : words) text.append(text.empty() ? "\"" : ", \"").append(word).append("\"");
  return text;
}

}  // namespace

JsonReader::JsonReader(std::string_view text, std::string_view root) : text_(text), root_(root) {}

std::string JsonReader::where() const {
  std::string text(root_);
  for (const auto& step : path_) {
    if (step.field.empty())
      text.append("[").append(std::to_string(step.index)).append("]");
    else
      text.append(".").append(step.field);
  }
  return text;
}

void JsonReader::fail(const std::string& message) {
  if (!error_) error_ = invalid(where() + ": " + message);
}

void JsonReader::fail_expected(std::string_view what) {
  if (at_ >= text_.size()) return fail("the text ends where " + std::string(what) + " was expected");
  fail("expected " + std::string(what) + ", found " + shown(text_.substr(at_, 1)) + " at byte " +
       std::to_string(at_));
}

char JsonReader::skip_blanks() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonReader::take(std::string_view word) {
  skip_blanks();
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

std::optional<std::uint32_t> JsonReader::read_hex4() {
  std::uint32_t code = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (c >= '0' && c <= '9')
      code = code * 16 + static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      code = code * 16 + static_cast<std::uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      code = code * 16 + static_cast<std::uint32_t>(c - 'A' + 10);
    else
      return fail_expected("a hexadecimal digit"), std::nullopt;
  }
  return code;
}

// After the backslash.
void JsonReader::read_escape(std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kBytes = "\"\\/\b\f\n\r\t";
  const char c = at_ < text_.size() ? text_[at_] : '\0';
  if (const auto simple = kNames.find(c); c != '\0' && simple != std::string_view::npos) {
    ++at_;
    out += kBytes[simple];
    return;
  }
  if (c != 'u') return fail_expected("an escape");
  ++at_;
  const auto high = read_hex4();
  if (!high) return;
  if (*high < 0xd800 || *high > 0xdfff) return append_utf8(out, *high);
  if (*high > 0xdbff || text_.substr(at_, 2) != "\\u") return fail("a surrogate escape stands alone");
  at_ += 2;
  const auto low = read_hex4();
  if (!low) return;
  if (*low < 0xdc00 || *low > 0xdfff) return fail("a surrogate escape stands alone");
  append_utf8(out, 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00));
}

void JsonReader::read_string(std::string& out) {
  out.clear();
  if (failed()) return;
  if (skip_blanks() != '"') return fail_expected("a string");
  std::size_t plain = ++at_;  // [plain, at_) is copied as it is
  while (at_ < text_.size() && !failed()) {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (byte == '"') {
      out.append(text_, plain, at_++ - plain);
      return;
    }
    if (byte == '\\') {
      out.append(text_, plain, at_++ - plain);
      read_escape(out);
      plain = at_;
      continue;
    }
    if (byte < 0x20) return fail("a string has a control byte at byte " + std::to_string(at_));
    const Utf8Step step = byte < 0x80 ? Utf8Step{1, byte, true} : utf8_step(text_.substr(at_));
    if (!step.valid) return fail("a string is not valid UTF-8 at byte " + std::to_string(at_));
    at_ += step.size;
  }
  fail("the text ends within a string");
}

std::string JsonReader::string() {
  std::string out;
  read_string(out);
  if (failed()) out.clear();
  return out;
}

std::uint64_t JsonReader::number(std::uint64_t max) {
  if (failed()) return 0;
  skip_blanks();
  const std::size_t begin = at_;
  std::uint64_t value = 0;
  bool fits = true;
  for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
    const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
    fits = fits && value <= (max - std::min(digit, max)) / 10 && digit <= max;
    if (fits) value = value * 10 + digit;
  }
  const bool leading_zero = at_ - begin > 1 && text_[begin] == '0';
  const bool goes_on =
      at_ < text_.size() && std::string_view(".eE+-").find(text_[at_]) != std::string_view::npos;
  if (at_ == begin || leading_zero || goes_on || !fits) {
    fail("expected a whole number from 0 to " + std::to_string(max));
    return 0;
  }
  return value;
}

bool JsonReader::boolean() {
  if (failed()) return false;
  if (take("true")) return true;
  if (!take("false")) fail_expected("true or false");
  return false;
}

bool JsonReader::null() { return !failed() && take("null"); }

std::size_t JsonReader::one_of(std::span<const std::string_view> words) {
  const auto word = string();
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end() || failed()) return found == words.end() ? 0 : std::size_t(found - words.begin());
  fail("is " + shown(word) + "; known are " + one_line(words));
  return 0;
}

void JsonReader::open(char bracket, std::string_view what) {
  levels_.emplace_back();
  if (failed()) return;
  if (skip_blanks() != bracket) return fail_expected(what);
  ++at_;
}

bool JsonReader::next_member(char bracket) {
  if (failed()) return false;
  auto& level = levels_.back();
  if (skip_blanks() == bracket) {
    ++at_;
    return false;
  }
  if (level.items++ == 0) return true;
  if (take(",")) return true;
  fail_expected(bracket == '}' ? "',' or '}'" : "',' or ']'");
  return false;
}

void JsonReader::open_object() { open('{', "an object"); }

std::optional<std::size_t> JsonReader::next_field(std::span<const std::string_view> names) {
  if (!next_member('}')) return std::nullopt;
  read_string(key_);
  if (failed()) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), key_);
  if (found == names.end()) {
    fail(shown(key_) + " is an unknown field");
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(found - names.begin());
  path_.push_back({*found});
  auto& seen = levels_.back().seen;
  if ((seen >> index & 1) != 0)
    fail("is repeated");
  else if (!take(":"))
    fail_expected("':'");
  seen |= std::uint32_t{1} << index;
  if (!failed()) return index;
  path_.pop_back();
  return std::nullopt;
}

void JsonReader::close_object(std::span<const std::string_view> names) {
  const auto seen = levels_.back().seen;
  levels_.pop_back();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if ((seen >> i & 1) != 0) continue;
    path_.push_back({names[i]});
    return fail("missing");
  }
}

void JsonReader::close_choice(std::span<const std::string_view> names) {
  const auto items = levels_.back().items;
  levels_.pop_back();
  if (items != 1) fail("expected exactly one of " + one_line(names));
}

void JsonReader::open_array() { open('[', "an array"); }

bool JsonReader::next_item() {
  if (next_member(']')) {
    path_.push_back({{}, levels_.back().items - 1});
    return true;
  }
  levels_.pop_back();
  return false;
}

Result<void> JsonReader::finish() {
  if (!failed()) {
    skip_blanks();
    if (at_ < text_.size()) fail("something follows its end at byte " + std::to_string(at_));
  }
  if (error_) return *error_;
  return {};
}

}  // namespace palpo::api
