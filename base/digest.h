// SPDX-License-Identifier: Apache-2.0
// SHA-256 digests and the set digest built from them. Value types, any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace palpo {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  std::string hex() const;                                       // 64 lower-case digits
  static std::optional<Digest> from_hex(std::string_view text);  // exactly 64 digits, lower case
  auto operator<=>(const Digest&) const = default;
};

Digest sha256(std::string_view data);

// The digest of a set, kept current in O(1) a change: the sum of its members' digests modulo 2^256 (AdHash).
// Order does not matter; what was added must be subtracted unchanged. Both ends are trusted: this detects
// difference, it does not resist a forger.
class SetDigest {
 public:
  void add(const Digest& member);
  void subtract(const Digest& member);
  Digest value() const;  // SHA-256 over the sum, so that nobody reads structure into it

 private:
  std::array<std::uint64_t, 4> sum_{};  // least significant word first
};

}  // namespace palpo
