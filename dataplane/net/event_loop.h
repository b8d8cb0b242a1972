// SPDX-License-Identifier: Apache-2.0
// A worker's one wait: an edge-triggered epoll set, the timer wheel and the door for other threads. All but
// post() is the worker's thread. Objects are taken out of service with retire() and die at the end of the
// turn, so that nobody on the call stack or later in the batch meets a dead one.
#pragma once
#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <climits>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "dataplane/net/fd.h"
#include "dataplane/net/timer_wheel.h"

namespace palpo::net {

class EventLoop;

// What wants to know that a descriptor is ready.
class Watched {
 public:
  Watched() = default;
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  virtual ~Watched() = default;

 protected:
  virtual void on_ready(std::uint32_t events) = 0;  // EPOLL* bits; 0: the call asked for by again()

 private:
  friend class EventLoop;
  bool retired_ = false;
  bool queued_ = false;  // in again_
};

class EventLoop {
 public:
  static constexpr std::size_t kScratchSize = 64 * 1024;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Both directions, edge-triggered: the reader reads until the kernel has no more. Closing the descriptor
  // ends it. 0, or an errno: the kernel's limit of watches or memory is reached, and nothing is watched.
  [[nodiscard]] int watch(int fd, Watched& watched);
  [[nodiscard]] int watch_level(int fd, Watched& watched);  // listening sockets: ready while something waits
  void unwatch(int fd);

  // Connections use descriptors below that number; the rest is for what must work when they run out.
  void set_descriptor_limit(int limit) { descriptor_limit_ = limit; }
  int descriptor_limit() const { return descriptor_limit_; }

  void again(Watched& watched);                   // on_ready(0) in the next turn
  void retire(std::unique_ptr<Watched> watched);  // no more calls; deleted at the end of the turn
  void post(std::function<void()> task);          // any thread; tasks run in order

  void run();   // until stop()
  void stop();  // what was posted before still runs
  void bury();  // what was retired, at the end of each turn; by others only when no turn runs

  TimerWheel& timers() { return timers_; }
  Clock::time_point now() const { return timers_.now(); }  // of this turn
  char* scratch() { return scratch_.get(); }               // for one read at a time, kScratchSize bytes

 private:
  struct Wakeup;
  void turn();
  void run_posted();

  Fd epoll_;
  std::unique_ptr<Wakeup> wakeup_;
  TimerWheel timers_;
  std::array<epoll_event, 512> events_{};
  std::vector<Watched*> again_;
  std::vector<Watched*> running_again_;
  std::vector<std::unique_ptr<Watched>> graveyard_;
  std::unique_ptr<char[]> scratch_;
  bool stopped_ = false;
  int descriptor_limit_ = INT_MAX;

  std::mutex posted_mutex_;  // other threads hand over configurations and resolved names
  std::vector<std::function<void()>> posted_;
};

}  // namespace palpo::net
