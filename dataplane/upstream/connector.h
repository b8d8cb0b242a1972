// SPDX-License-Identifier: Apache-2.0
// Where connections to endpoints come from: a worker's pools, or a test. Worker's thread.
#pragma once
#include <cstdint>

#include "dataplane/upstream/address.h"
#include "dataplane/upstream/connection.h"

namespace palpo::upstream {

class Connector {
 public:
  virtual ConnectionPtr take_idle(const Endpoint& endpoint) = 0;                   // empty: none
  virtual ConnectionPtr dial(const Endpoint& endpoint, ConnectionUser& user) = 0;  // a new one, under way
  virtual bool avoided(std::uint64_t endpoint_id) const = 0;  // it could lately not be reached

 protected:
  ~Connector() = default;
};

}  // namespace palpo::upstream
