// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace palpo {
namespace {

__extension__ using uint128 = unsigned __int128;

constexpr char kHex[] = "0123456789abcdef";

std::array<std::uint64_t, 4> words_of(const Digest& digest) {
  std::array<std::uint64_t, 4> words{};
  for (std::size_t i = 0; i < 32; ++i) words[i / 8] |= std::uint64_t{digest.bytes[i]} << (8 * (i % 8));
  return words;
}

}  // namespace

std::string Digest::hex() const {
  std::string text;
  text.reserve(64);
  for (auto byte : bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::optional<Digest> Digest::from_hex(std::string_view text) {
  if (text.size() != 64) return std::nullopt;
  Digest digest;
  for (std::size_t i = 0; i < 64; ++i) {
    const char c = text[i];
    int nibble = 0;
    if (c >= '0' && c <= '9')
      nibble = c - '0';
    else if (c >= 'a' && c <= 'f')
      nibble = c - 'a' + 10;
    else
      return std::nullopt;
    digest.bytes[i / 2] = static_cast<std::uint8_t>(digest.bytes[i / 2] << 4 | nibble);
  }
  return digest;
}

Digest sha256(std::string_view data) {
  // EVP_sha256() would look the algorithm up at every call. Never freed: threads may outlive static
  // destructors.
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  PALPO_CHECK(kAlgorithm != nullptr);
  Digest digest;
  unsigned int size = 0;
  PALPO_CHECK(EVP_Digest(data.data(), data.size(), digest.bytes.data(), &size, kAlgorithm, nullptr) == 1);
  return digest;
}

void SetDigest::add(const Digest& member) {
  const auto words = words_of(member);
  uint128 carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    carry += static_cast<uint128>(sum_[i]) + words[i];
    sum_[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
}

void SetDigest::subtract(const Digest& member) {
  const auto words = words_of(member);
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto before = static_cast<uint128>(sum_[i]);
    const auto minus = static_cast<uint128>(words[i]) + borrow;
    borrow = before < minus ? 1 : 0;
    sum_[i] = static_cast<std::uint64_t>(before - minus);
  }
}

Digest SetDigest::value() const {
  std::string bytes;
  bytes.reserve(32);
  for (auto word : sum_)
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(word >> (8 * i));
  return sha256(bytes);
}

}  // namespace palpo
