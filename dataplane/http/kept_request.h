// SPDX-License-Identifier: Apache-2.0
// The bytes of a request that may have to be sent later, or again. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <utility>

#include "dataplane/net/gather.h"

namespace palpo::http {

class KeptRequest {
 public:
  bool whole() const { return whole_; }  // all of the request so far is here
  std::size_t size() const { return bytes_.size(); }
  void gather(net::Gather& out) const { out.add(bytes_); }

  void begin(const net::Gather& request) {
    if (std::exchange(whole_, true)) return;  // the request came from here
    bytes_.clear();
    request.append_to(bytes_);
  }
  void append(const net::Gather& piece) { piece.append_to(bytes_); }
  void forget() {
    whole_ = false;
    if (bytes_.capacity() > kSmall) {
      std::string().swap(bytes_);
    } else {
      bytes_.clear();
    }
  }

 private:
  static constexpr std::size_t kSmall = 4096;  // a buffer up to that size stays for the next request
  bool whole_ = false;
  std::string bytes_;
};

}  // namespace palpo::http
