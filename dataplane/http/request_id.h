// SPDX-License-Identifier: Apache-2.0
// Names for requests: 128 random bits in hexadecimal. They tell requests apart in logs and guard nothing, so
// a fast generator, seeded from the kernel, does. One a worker.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace palpo::http {

class RequestId {
 public:
  std::string_view text() const { return {digits_.data(), digits_.size()}; }

 private:
  friend class RequestIds;
  std::array<char, 32> digits_{};
};

class RequestIds {
 public:
  RequestIds();
  void next(RequestId& id);
  std::uint64_t random();

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace palpo::http
