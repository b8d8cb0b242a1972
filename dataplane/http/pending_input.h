// SPDX-License-Identifier: Apache-2.0
// Bytes of a connection that came before their time: an unfinished head, further requests. What has waited
// before is not copied when it waits again: a head may come byte by byte, and many requests in one piece.
// Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace palpo::http {

class PendingInput {
 public:
  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size() - at_; }
  std::string_view view() const { return std::string_view(bytes_).substr(at_); }

  void append(const char* data, std::size_t size) {
    if (at_ > 0) bytes_.erase(0, std::exchange(at_, 0));
    bytes_.append(data, size);
  }
  // Instead of what waits: nothing does, or rest is the end of what give() has given.
  void keep(std::string_view rest) {
    if (given_ == nullptr) {
      bytes_.assign(rest);
      return;
    }
    at_ = static_cast<std::size_t>(rest.data() - given_->data());
    bytes_.swap(*given_);
  }
  // use(data, size): takes the bytes, and may keep() what is left of them.
  template <class Use>
  void give(Use&& use) {
    std::string bytes = std::exchange(bytes_, {});
    const std::size_t from = std::exchange(at_, 0);
    given_ = &bytes;
    use(bytes.data() + from, bytes.size() - from);
    given_ = nullptr;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;            // where they begin in bytes_
  std::string* given_ = nullptr;  // within give()
};

}  // namespace palpo::http
