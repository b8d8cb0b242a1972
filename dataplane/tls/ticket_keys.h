// SPDX-License-Identifier: Apache-2.0
// The keys that seal session tickets: a current one and the one before it, shared by every context of the
// process, so that a session resumes whatever worker it meets. rotate() belongs to one thread; OpenSSL's
// callback runs on any.
#pragma once
#include <openssl/ssl.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace palpo::tls {

class TicketKeys {
 public:
  TicketKeys();
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // The current key becomes the previous one; what the previous one sealed is worth nothing from now on.
  void rotate();

  // Makes the context seal with these keys; it shares their ownership.
  static void attach(std::shared_ptr<TicketKeys> keys, SSL_CTX* context);

 private:
  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
  };
  struct Pair {
    Key current;
    Key previous;
    ~Pair();
  };
  static constexpr std::size_t kWords = 2 * sizeof(Key) / sizeof(std::uint64_t);
  static int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                       EVP_MAC_CTX* mac, int sealing);

  void load(Pair& pair) const;
  void store(const Pair& pair);
  int seal(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) const;
  int open(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
           EVP_MAC_CTX* mac) const;

  // A sequence lock: handshakes never wait for each other, and a key that is rotated out is overwritten at
  // once.
  std::atomic<std::uint64_t> turn_{0};
  std::array<std::atomic<std::uint64_t>, kWords> words_{};
  EVP_CIPHER* cipher_ = nullptr;
};

}  // namespace palpo::tls
