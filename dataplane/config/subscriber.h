// SPDX-License-Identifier: Apache-2.0
// The data plane's end of the socket: dials the controller with backoff, keeps the current snapshot and keys,
// compiles and distributes updates, answers ack or nack. Driver of the sans-io Subscription. One io_context
// thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/asio.h"
#include "base/metrics.h"
#include "dataplane/config/distributor.h"

namespace palpo::config {

class Subscriber {
 public:
  // path: the controller's Unix socket. workers: see Distributor.
  Subscriber(asio::io_context& io, std::string path, std::vector<Deliver> workers, Metrics& metrics);
  ~Subscriber();
  void start();
  void stop();  // closes the connection; what is served stays

  bool configured() const;                                   // a configuration has been taken by all workers
  bool connected() const;                                    // the controller is there now
  std::string version() const;                               // hex of what is served; empty: none
  const std::map<std::string, std::size_t>& owners() const;  // of the newest configuration's routes

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace palpo::config
