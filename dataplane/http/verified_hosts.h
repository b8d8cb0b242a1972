// SPDX-License-Identifier: Apache-2.0
// The hosts besides the server name that a connection's certificate was found to cover: a client may ask for
// several by turns, and looking into a certificate is dear. Bounded; the oldest goes first. Worker's thread.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace palpo::http {

class VerifiedHosts {
 public:
  static constexpr std::size_t kMost = 8;

  bool has(std::string_view host) const {
    return std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end();
  }
  void add(std::string_view host) {
    if (hosts_.size() < kMost) {
      hosts_.emplace_back(host);
    } else {
      hosts_[oldest_].assign(host);
      oldest_ = (oldest_ + 1) % kMost;
    }
  }

 private:
  std::vector<std::string> hosts_;
  std::size_t oldest_ = 0;
};

}  // namespace palpo::http
