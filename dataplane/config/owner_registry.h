// SPDX-License-Identifier: Apache-2.0
// The owners of the routes that are served, and how many routes each has: metrics show those that there are.
// One owner, one thread.
#pragma once
#include <cstddef>
#include <map>
#include <string>

#include "dataplane/api/model.h"

namespace palpo::config {

class OwnerRegistry {
 public:
  void put(const api::Host& host);
  void drop(const api::Host& host);  // one that was put
  void put(const api::Settings& settings) {
    if (settings.default_route) acquire(settings.default_route->owner);
  }
  void drop(const api::Settings& settings) {
    if (settings.default_route) release(settings.default_route->owner);
  }

  const std::map<std::string, std::size_t>& owners() const { return owners_; }

 private:
  void acquire(const std::string& owner);
  void release(const std::string& owner);
  std::map<std::string, std::size_t> owners_;
};

}  // namespace palpo::config
