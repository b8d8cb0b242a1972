// SPDX-License-Identifier: Apache-2.0
// A worker's own listening socket for one purpose. Accepts while the worker has room; where it has none left
// (places, descriptors, memory), clients' connections that are idle go first, and when there is none it looks
// again a little later instead of spinning. Worker's thread.
#pragma once
#include "dataplane/http/connection_table.h"
#include "dataplane/http/worker_shared.h"
#include "dataplane/net/event_loop.h"
#include "dataplane/net/fd.h"

namespace palpo::http {

class Listener final : public net::Watched, private net::Timed {
 public:
  Listener(WorkerShared& shared, ConnectionTable& table, api::Listener kind, net::Fd socket);
  void close();

 private:
  void on_ready(std::uint32_t events) override;
  void on_deadline() override;
  bool descriptors_left() const;
  void watch();
  void rest();

  WorkerShared& shared_;
  ConnectionTable& table_;
  api::Listener kind_;
  net::Fd socket_;
  bool failing_ = false;  // said once
  int last_ = 0;          // the descriptor that was accepted last
};

}  // namespace palpo::http
