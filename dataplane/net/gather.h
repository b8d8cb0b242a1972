// SPDX-License-Identifier: Apache-2.0
// A list of byte ranges that go out in one system call. Neighbours are joined. Holds no bytes of its own.
// Fixed capacity: whoever fills it knows its bound.
#pragma once
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/check.h"

namespace palpo::net {

class Gather {
 public:
  static constexpr std::size_t kCapacity = 160;

  Gather() {}  // NOLINT: parts_ stays uninitialised on purpose

  void add(const char* data, std::size_t size) {
    if (size == 0) return;
    size_ += size;
    if (count_ > 0) {
      iovec& last = parts_[count_ - 1];
      if (static_cast<const char*>(last.iov_base) + last.iov_len == data) {
        last.iov_len += size;
        return;
      }
    }
    PALPO_CHECK(count_ < kCapacity);
    parts_[count_++] = {const_cast<char*>(data), size};
  }
  void add(std::string_view text) { add(text.data(), text.size()); }

  iovec* parts() { return parts_.data(); }
  const iovec* parts() const { return parts_.data(); }
  std::size_t count() const { return count_; }
  std::size_t size() const { return size_; }

  void append_to(std::string& out) const {
    out.reserve(out.size() + size_);
    for (std::size_t i = 0; i < count_; ++i)
      out.append(static_cast<const char*>(parts_[i].iov_base), parts_[i].iov_len);
  }

 private:
  std::size_t count_ = 0;
  std::size_t size_ = 0;
  std::array<iovec, kCapacity> parts_;
};

}  // namespace palpo::net
