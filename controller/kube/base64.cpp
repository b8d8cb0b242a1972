// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/base64.h"

#include <array>
#include <cstdint>

namespace palpo::kube {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 64;

constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}();

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

}  // namespace

std::optional<std::size_t> base64_decoded_size(std::string_view text) {
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (is_line_end(c)) continue;
    if (c == '=') {
      ++padding;
    } else {
      if (padding > 0 || kValues[static_cast<unsigned char>(c)] == kNone) return std::nullopt;
      ++digits;
    }
  }
  if (padding > 2 || (digits + padding) % 4 != 0) return std::nullopt;
  return digits * 3 / 4;
}

void base64_decode(std::string_view text, char* target) {
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) continue;  // padding and line ends: the size was computed from the same text
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      *target++ = static_cast<char>(bits >> count & 0xff);
    }
  }
}

}  // namespace palpo::kube
