// SPDX-License-Identifier: Apache-2.0
// A short text put together on the stack. Its user knows the bound.
#pragma once
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/check.h"

namespace palpo::http {

template <std::size_t Capacity>
class TextBuffer {
 public:
  TextBuffer() {}  // NOLINT: the array stays uninitialised on purpose
  void add(std::string_view text) {
    PALPO_CHECK(size_ + text.size() <= Capacity);
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void clear() { size_ = 0; }
  void add_hex(std::uint64_t value) {
    char digits[16];
    std::size_t at = sizeof digits;
    do {
      digits[--at] = "0123456789abcdef"[value & 15];
      value >>= 4;
    } while (value != 0);
    add({digits + at, sizeof digits - at});
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::size_t size_ = 0;
  std::array<char, Capacity> bytes_;
};

}  // namespace palpo::http
