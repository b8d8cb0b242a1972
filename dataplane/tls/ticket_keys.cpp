// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/check.h"

namespace palpo::tls {
namespace {

using Owner = std::shared_ptr<TicketKeys>;

int owner_index() {
  static const int index = CRYPTO_get_ex_new_index(
      CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr, nullptr, nullptr,
      [](void*, void* owner, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Owner*>(owner); });
  return index;
}

bool set_mac(EVP_MAC_CTX* mac, std::array<unsigned char, 32>& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

}  // namespace

TicketKeys::Pair::~Pair() { OPENSSL_cleanse(this, sizeof *this); }

TicketKeys::TicketKeys() : cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr)) {
  PALPO_CHECK(cipher_ != nullptr);
  rotate();
  rotate();  // so that the previous key is as unknown as the current one
}

TicketKeys::~TicketKeys() {
  OPENSSL_cleanse(&words_, sizeof words_);
  EVP_CIPHER_free(cipher_);
}

void TicketKeys::rotate() {
  Pair pair{};
  load(pair);
  pair.previous = pair.current;
  PALPO_CHECK(RAND_bytes(pair.current.name.data(), static_cast<int>(pair.current.name.size())) == 1);
  PALPO_CHECK(RAND_priv_bytes(pair.current.cipher.data(), static_cast<int>(pair.current.cipher.size())) == 1);
  PALPO_CHECK(RAND_priv_bytes(pair.current.mac.data(), static_cast<int>(pair.current.mac.size())) == 1);
  store(pair);
}

void TicketKeys::load(Pair& pair) const {
  std::array<std::uint64_t, kWords> words;
  for (;;) {
    const std::uint64_t before = turn_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_acquire);
    if (before % 2 == 0 && turn_.load(std::memory_order_relaxed) == before) break;
  }
  static_assert(sizeof(Key) * 2 == sizeof words);
  std::memcpy(&pair.current, words.data(), sizeof(Key));
  std::memcpy(&pair.previous, words.data() + kWords / 2, sizeof(Key));
  OPENSSL_cleanse(words.data(), sizeof words);
}

void TicketKeys::store(const Pair& pair) {
  std::array<std::uint64_t, kWords> words;
  std::memcpy(words.data(), &pair.current, sizeof(Key));
  std::memcpy(words.data() + kWords / 2, &pair.previous, sizeof(Key));
  const std::uint64_t turn = turn_.load(std::memory_order_relaxed);
  turn_.store(turn + 1, std::memory_order_relaxed);
  // Each word is released, so a reader that sees one also sees the odd turn above.
  for (std::size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
  turn_.store(turn + 2, std::memory_order_release);
  OPENSSL_cleanse(words.data(), sizeof words);
}

int TicketKeys::seal(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) const {
  Pair pair{};
  load(pair);
  if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher_)) != 1) return -1;
  std::memcpy(name, pair.current.name.data(), pair.current.name.size());
  if (EVP_EncryptInit_ex2(cipher, cipher_, pair.current.cipher.data(), iv, nullptr) != 1) return -1;
  return set_mac(mac, pair.current.mac) ? 1 : -1;
}

// 0: not ours, a full handshake follows; 1: ours; 2: ours, and the client gets a new one.
int TicketKeys::open(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                     EVP_MAC_CTX* mac) const {
  Pair pair{};
  load(pair);
  const bool current = CRYPTO_memcmp(name, pair.current.name.data(), pair.current.name.size()) == 0;
  const bool previous = CRYPTO_memcmp(name, pair.previous.name.data(), pair.previous.name.size()) == 0;
  if (!current && !previous) return 0;
  Key& key = current ? pair.current : pair.previous;
  if (EVP_DecryptInit_ex2(cipher, cipher_, key.cipher.data(), iv, nullptr) != 1) return -1;
  if (!set_mac(mac, key.mac)) return -1;
  return current ? 1 : 2;
}

int TicketKeys::on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                          EVP_MAC_CTX* mac, int sealing) {
  const auto* owner = static_cast<const Owner*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), owner_index()));
  if (owner == nullptr) return -1;
  if (sealing != 0) return (*owner)->seal(name, iv, cipher, mac);
  const int opened = (*owner)->open(name, iv, cipher, mac);
  return opened == 1 && SSL_version(ssl) == TLS1_3_VERSION ? 2 : opened;  // its clients use a ticket once
}

void TicketKeys::attach(std::shared_ptr<TicketKeys> keys, SSL_CTX* context) {
  auto owner = std::make_unique<Owner>(std::move(keys));
  PALPO_CHECK(SSL_CTX_set_ex_data(context, owner_index(), owner.get()) == 1);
  owner.release();  // freed with the context
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &TicketKeys::on_ticket);
}

}  // namespace palpo::tls
