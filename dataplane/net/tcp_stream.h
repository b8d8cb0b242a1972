// SPDX-License-Identifier: Apache-2.0
// A non-blocking TCP connection in an event loop: writes go out at once and only what the kernel refuses is
// kept, reads happen when the kernel says so and unless paused. One deadline. Both the clients' and the
// upstreams' connections are one. Worker's thread; owned by whoever made it, ended by EventLoop::retire.
#pragma once
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <string>

#include "dataplane/net/event_loop.h"
#include "dataplane/net/fd.h"
#include "dataplane/net/gather.h"
#include "dataplane/net/wire.h"

namespace palpo::net {

class TcpStream : public Watched, public Timed {
 public:
  // What the kernel takes goes now. Nothing is refused: callers stop when they see `queued`, until
  // on_drained(). After `failed`, on_end() comes in the next turn.
  Sent send(const iovec* parts, std::size_t count);
  Sent send(const Gather& gather) { return send(gather.parts(), gather.count()); }
  Sent send(const char* data, std::size_t size);
  bool drained() const { return queue_.empty(); }

  void pause() { paused_ = true; }
  void resume();  // input comes from the next turn on
  bool paused() const { return paused_; }
  void again() { loop_.again(*this); }  // on_turn() in the next turn

  void set_deadline(std::chrono::milliseconds after) { loop_.timers().set(*this, after); }
  void clear_deadline() { loop_.timers().clear(*this); }

  bool closed() const { return !fd_; }
  int fd() const { return fd_.get(); }
  EventLoop& loop() { return loop_; }

 protected:
  // After a failed write: what the peer said before it closed is read first, or the end comes at once.
  enum class AfterBreak { read_on, end };
  TcpStream(EventLoop& loop, AfterBreak after_break) : loop_(loop), after_break_(after_break) {}

  // How much is read before others have their turn, where the bytes cost more than being copied.
  void read_in_turns(std::size_t size, int reads) {
    read_size_ = size;
    reads_per_turn_ = reads;
  }
  [[nodiscard]] int adopt(Fd connected);  // starts watching; 0, or an errno: it is closed again
  int connect(const sockaddr* address, socklen_t size);  // 0: under way, on_connected() comes; else an errno
  void shutdown_write();                                 // after what is queued
  void close();                                          // at once, quietly; no more calls
  void reset();                                          // at once, so that the peer sees an error

  // Called in turns of the loop, never from within a call of ours.
  virtual void on_connected(int /*error*/) {}
  virtual void on_input(char* data,
                        std::size_t size) = 0;  // the bytes may be changed in place; gone after the call
  virtual void on_end(bool broken) = 0;         // the peer has finished, or the connection is broken
  virtual void on_drained() = 0;
  virtual void on_some_sent() {}  // the queue got shorter
  virtual void on_turn() {}       // asked for by again(); also when closed since

 private:
  void on_ready(std::uint32_t events) final;
  void finish_connect();
  void flush();
  void pump();
  void keep(const iovec* parts, std::size_t count, std::size_t skip);

  EventLoop& loop_;
  const AfterBreak after_break_;
  Fd fd_;
  std::size_t read_size_ = EventLoop::kScratchSize;  // at most that
  int reads_per_turn_ = 16;
  bool connecting_ = false;
  bool paused_ = false;
  bool readable_ = false;
  bool peer_ended_ = false;   // the kernel said so; read on to get there
  bool failed_ = false;       // the kernel said so; what came before is read first, unless paused
  bool broken_ = false;       // a write failed
  bool end_writing_ = false;  // shutdown once the queue is empty
  std::size_t sent_ = 0;      // of queue_
  std::string queue_;
};

}  // namespace palpo::net
