// SPDX-License-Identifier: Apache-2.0
// Bytes that must not leak: kept in OpenSSL's secure heap (locked, left out of core dumps, zeroed when
// freed). Move only, any thread. Never convertible to a string by accident, never logged.
#pragma once
#include <cstddef>
#include <string_view>

namespace palpo {

class SecretBytes {
 public:
  SecretBytes() = default;
  static SecretBytes copy_of(std::string_view data);  // the caller wipes its own copy: see wipe()
  static SecretBytes of_size(std::size_t size);       // zeroed, to be filled through data()
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  char* data() { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view reveal() const { return {data_, size_}; }  // named so that a reviewer's eye stops
  bool equals(const SecretBytes& other) const;                // in constant time

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

// Sets up the secure heap; once, before the first thread. False: memory could not be locked (RLIMIT_MEMLOCK),
// secrets are then still zeroed and kept out of core dumps.
bool initialize_secret_memory();

// Overwrites a buffer that held a secret; the compiler may not leave it out.
void wipe(char* data, std::size_t size);

}  // namespace palpo
