// SPDX-License-Identifier: Apache-2.0
// What SIGTERM and SIGINT begin: data planes that are connected are fed until they have left, because one
// that drains beside this controller still needs to know which endpoints live. Then the loop stops. A second
// signal stops it at once. On the loop's thread.
#pragma once
#include <chrono>
#include <functional>

#include "base/asio.h"
#include "controller/publish/publisher.h"

namespace palpo::commands {

class Ending {
 public:
  // limit: so long data planes are waited for; 0: not at all. on_begin: called once, with the first signal.
  Ending(asio::io_context& io, const publish::Publisher& publisher, std::chrono::milliseconds limit,
         std::function<void()> on_begin);

  bool begun() const { return begun_; }

 private:
  void await_signal();
  void on_signal();
  void look();

  asio::io_context& io_;
  const publish::Publisher& publisher_;
  std::chrono::milliseconds limit_;
  std::function<void()> on_begin_;
  asio::signal_set signals_;
  asio::steady_timer timer_;
  std::chrono::steady_clock::time_point last_;
  bool begun_ = false;
};

}  // namespace palpo::commands
