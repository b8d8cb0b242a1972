// SPDX-License-Identifier: Apache-2.0
// Keeps a request from being sent after its deadline, even by a process that was stopped (SIGSTOP, a frozen
// control group) between looking at the clock and sending. A kernel timer signals the thread that sends: its
// signal is handled before that thread's next instruction, and cuts the connection. Owned by one request;
// armed on the thread that sends, everything else from any thread, one at a time.
#pragma once
#include "base/clock.h"

namespace palpo::kube {

class Fuse {
 public:
  using Time = BootClock::time_point;

  Fuse() = default;
  ~Fuse();  // cuts what it still holds
  Fuse(const Fuse&) = delete;
  Fuse& operator=(const Fuse&) = delete;

  // From now on what is held is cut at the deadline. False: the kernel gives no timer. Once, before the
  // others.
  bool arm(Time deadline);
  bool blown() const { return BootClock::now() >= deadline_; }
  // The connection that the request goes out on, instead of the one before; it need not be connected yet.
  void hold(int socket);
  // Whether what is held has a peer, so that the request goes out on it and on no other.
  bool holds_connection() const;
  // What waits to be sent is thrown away, the peer gets a reset, and nothing is sent any more.
  void cut();
  // The request is over: its connection is let go as it is.
  void spare();

 private:
  struct Slot;
  static Slot& take_slot();

  Time deadline_ = Time::min();
  Slot* slot_ = nullptr;
};

}  // namespace palpo::kube
