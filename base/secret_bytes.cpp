// SPDX-License-Identifier: Apache-2.0
#include "base/secret_bytes.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <utility>

namespace palpo {
namespace {

// OpenSSL keeps the private numbers of its keys there too (1.8 kB for RSA-4096), and when it is full it
// cannot load one more: SecretBytes leave it half. Pages nobody used cost no memory.
constexpr std::size_t kArena = std::size_t{64} << 20;
constexpr std::size_t kOurShare = kArena / 2;
constexpr std::size_t kSmallestPiece = 32;

// An arena that could not be locked as a whole is left to OpenSSL; page by page, as much is locked as may be.
bool arena_is_locked = false;

void raise_the_limit_of_locked_memory() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_MEMLOCK, &limit));
}

std::size_t whole_pages(std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

// Pages of its own, so that neither the lock nor the advice touches a neighbour.
char* allocate_pages(std::size_t size) {
  const auto whole = whole_pages(size);
  void* const pages = whole < size
                          ? MAP_FAILED
                          : mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  static_cast<void>(mlock(pages, whole));
  static_cast<void>(madvise(pages, whole, MADV_DONTDUMP));
  return static_cast<char*>(pages);
}

char* allocate(std::size_t size) {
  if (size == 0) return nullptr;
  if (arena_is_locked && size <= kOurShare && CRYPTO_secure_used() <= kOurShare - size) {
    if (void* const piece = OPENSSL_secure_zalloc(size)) return static_cast<char*>(piece);
  }
  return allocate_pages(size);
}

void release(char* data, std::size_t size) {
  if (data == nullptr) return;
  if (CRYPTO_secure_allocated(data) == 1) {
    OPENSSL_secure_clear_free(data, size);
    return;
  }
  OPENSSL_cleanse(data, size);
  munmap(data, whole_pages(size));
}

}  // namespace

SecretBytes SecretBytes::of_size(std::size_t size) {
  SecretBytes bytes;
  bytes.data_ = allocate(size);
  bytes.size_ = size;
  return bytes;
}

SecretBytes SecretBytes::copy_of(std::string_view data) {
  SecretBytes bytes = of_size(data.size());
  if (!data.empty()) std::memcpy(bytes.data_, data.data(), data.size());
  return bytes;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this == &other) return *this;
  release(data_, size_);
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

SecretBytes::~SecretBytes() { release(data_, size_); }

bool SecretBytes::equals(const SecretBytes& other) const {
  return size_ == other.size_ && (size_ == 0 || CRYPTO_memcmp(data_, other.data_, size_) == 0);
}

bool initialize_secret_memory() {
  if (CRYPTO_secure_malloc_initialized() == 1) return arena_is_locked;
  raise_the_limit_of_locked_memory();
  arena_is_locked = CRYPTO_secure_malloc_init(kArena, kSmallestPiece) == 1;
  return arena_is_locked;
}

void wipe(char* data, std::size_t size) {
  if (size > 0) OPENSSL_cleanse(data, size);
}

}  // namespace palpo
