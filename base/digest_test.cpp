// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace palpo {
namespace {

Digest filled(std::uint8_t byte) {
  Digest digest;
  digest.bytes.fill(byte);
  return digest;
}

TEST(Digest, KnownAnswers) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& [data, hex] : cases) EXPECT_EQ(sha256(data).hex(), hex);
  EXPECT_EQ(sha256(std::string_view()).hex(), cases[0].second);
}

TEST(Digest, HexRoundTrip) {
  Digest digest;
  for (std::size_t i = 0; i < 32; ++i) digest.bytes[i] = static_cast<std::uint8_t>(i * 37 + 200);
  EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
  EXPECT_EQ(Digest::from_hex(filled(0xff).hex()), filled(0xff));
}

TEST(Digest, FromHexRefuses) {
  const auto good = filled(0xab).hex();
  auto upper = good;
  upper[5] = 'B';
  auto other = good;
  other[63] = 'g';
  for (const auto& text : {std::string(), good.substr(1), good + "0", upper, other}) {
    EXPECT_FALSE(Digest::from_hex(text)) << text;
  }
}

TEST(SetDigest, EmptyIsStable) {
  SetDigest set;
  EXPECT_EQ(set.value(), sha256(std::string(32, '\0')));
}

TEST(SetDigest, OrderDoesNotMatterAndRemovalUndoes) {
  std::vector<Digest> members;
  for (int i = 0; i < 200; ++i) members.push_back(sha256(std::to_string(i)));
  SetDigest first;
  for (const auto& member : members) first.add(member);
  std::shuffle(members.begin(), members.end(), std::mt19937(7));
  SetDigest second;
  second.add(sha256("a stranger"));
  for (const auto& member : members) second.add(member);
  EXPECT_NE(first.value(), second.value());
  second.subtract(sha256("a stranger"));
  EXPECT_EQ(first.value(), second.value());
  for (const auto& member : members) second.subtract(member);
  EXPECT_EQ(second.value(), SetDigest().value());
}

// Carries and borrows across all four words.
TEST(SetDigest, WrapsAround) {
  Digest one;
  one.bytes[0] = 1;
  SetDigest set;
  set.add(filled(0xff));
  set.add(one);
  EXPECT_EQ(set.value(), SetDigest().value());
  set.subtract(one);
  SetDigest all_ones;
  all_ones.add(filled(0xff));
  EXPECT_EQ(set.value(), all_ones.value());
}

TEST(SetDigest, BorrowOverFullWord) {
  Digest high;  // subtracting it borrows from a word that also subtracts its maximum
  for (std::size_t i = 0; i < 16; ++i) high.bytes[i] = 0xff;
  SetDigest set;
  set.subtract(high);
  set.add(high);
  EXPECT_EQ(set.value(), SetDigest().value());
}

TEST(SetDigest, CountsMembersThatComeTwice) {
  SetDigest once;
  once.add(sha256("a"));
  SetDigest twice = once;
  twice.add(sha256("a"));
  EXPECT_NE(once.value(), twice.value());
}

}  // namespace
}  // namespace palpo
