// SPDX-License-Identifier: Apache-2.0
#include "base/secret_bytes.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <string>
#include <type_traits>
#include <vector>

namespace palpo {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, std::string_view>);

bool behaves() {
  bool good = true;
  auto bytes = SecretBytes::copy_of("secret");
  good &= bytes.reveal() == "secret" && bytes.size() == 6 && !bytes.empty();
  auto moved = std::move(bytes);
  good &=
      moved.reveal() == "secret" && bytes.empty() && bytes.data() == nullptr;  // NOLINT: what a move leaves
  auto zeroed = SecretBytes::of_size(5000);
  good &= zeroed.reveal() == std::string(5000, '\0');
  zeroed.data()[4999] = 'x';
  good &= zeroed.reveal().back() == 'x';
  zeroed = std::move(moved);
  good &= zeroed.reveal() == "secret";
  auto& same = zeroed;
  zeroed = std::move(same);
  good &= zeroed.reveal() == "secret";
  good &= SecretBytes::copy_of("").empty() && SecretBytes::of_size(0).reveal().empty();
  good &= zeroed.equals(SecretBytes::copy_of("secret")) && !zeroed.equals(SecretBytes::copy_of("secres")) &&
          !zeroed.equals(SecretBytes::copy_of("secre")) && SecretBytes().equals(SecretBytes());
  return good;
}

// More than the arena holds, in the sizes private keys have.
bool outgrows_the_arena() {
  std::vector<SecretBytes> many;
  for (int i = 0; i < 20'000; ++i)
    many.push_back(SecretBytes::copy_of(std::string(1700, static_cast<char>(i))));
  many.push_back(SecretBytes::copy_of(std::string(40 << 20, 'x')));
  bool good = many.back().size() == 40U << 20;
  for (int i = 0; i < 20'000; ++i) {
    good &= many[static_cast<std::size_t>(i)].reveal() == std::string(1700, static_cast<char>(i));
  }
  // What OpenSSL needs for the keys themselves is left alone.
  void* const for_openssl = OPENSSL_secure_malloc(16 << 20);
  good &= CRYPTO_secure_allocated(for_openssl) == 1;
  OPENSSL_secure_free(for_openssl);
  many.clear();
  good &= CRYPTO_secure_used() == 0;
  return good && behaves();
}

TEST(SecretBytes, WithoutTheArena) { EXPECT_TRUE(behaves()); }

// In a process of its own: the arena cannot be taken down again.
TEST(SecretBytesDeathTest, WithTheArena) {
  const auto run = [] {
    auto before = SecretBytes::copy_of("made before the arena");
    initialize_secret_memory();
    initialize_secret_memory();
    return before.reveal() == "made before the arena" && behaves() && outgrows_the_arena();
  };
  EXPECT_EXIT(std::_Exit(run() ? 7 : 1), ::testing::ExitedWithCode(7), "");
}

TEST(SecretBytes, FreedPiecesComeBackZeroed) {
  for (int round = 0; round < 100; ++round) {
    auto bytes = SecretBytes::of_size(64);
    EXPECT_EQ(bytes.reveal(), std::string(64, '\0'));
    std::fill_n(bytes.data(), 64, 'x');
  }
}

TEST(SecretBytes, Wipe) {
  std::string text = "secret";
  wipe(text.data(), text.size());
  EXPECT_EQ(text, std::string(6, '\0'));
  wipe(nullptr, 0);
}

}  // namespace
}  // namespace palpo
