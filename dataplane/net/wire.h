// SPDX-License-Identifier: Apache-2.0
// Bytes to and from one peer, as those who speak a protocol over them see it: what is sent and not yet taken,
// reading that can pause, one deadline. Implemented by connections, and in tests without a socket. Worker's
// thread.
#pragma once
#include <chrono>

#include "dataplane/net/gather.h"

namespace palpo::net {

enum class Sent {
  all,     // the peer's side has it
  queued,  // some of it is kept: whoever sends stops until the wire is drained
  failed,  // the connection is broken and took nothing; its end is told in a later turn
};

class Wire {
 public:
  virtual Sent send(const Gather& gather) = 0;  // nothing is refused
  virtual bool drained() const = 0;             // nothing is queued

  virtual void pause() = 0;
  virtual void resume() = 0;  // input comes from the next turn on
  virtual bool paused() const = 0;

  virtual void set_deadline(std::chrono::milliseconds after) = 0;
  virtual void clear_deadline() = 0;

 protected:
  ~Wire() = default;
};

}  // namespace palpo::net
