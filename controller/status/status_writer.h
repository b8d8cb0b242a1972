// SPDX-License-Identifier: Apache-2.0
// Writes what is true into the objects' status, through the API server: by the leader alone, only when it
// differs and only after the data plane's ack. Its own thread does the blocking calls; everything else is
// thread-safe.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/metrics.h"
#include "controller/kube/transport.h"
#include "controller/status/wishes.h"

namespace palpo::status {

// The name under which this controller owns the statuses it writes (metadata.managedFields): by it a
// controller that was started anew knows what is its own to take back. Controllers of other classes have
// other names.
std::string field_manager(std::string_view controller_name, std::string_view class_name);

// Asked right before every write: by when it has to be over, max() for a write that may take its time;
// nullopt: this controller may not write now.
using WritePermit = std::function<std::optional<BootClock::time_point>()>;

class StatusWriter {
 public:
  StatusWriter(std::shared_ptr<kube::Transport> transport, std::string manager, WritePermit permit,
               Metrics& metrics);
  ~StatusWriter();
  void start();
  // Whether this controller writes; at first it does not. Of a status nothing is kept until then: whoever
  // begins to lead looks at the objects anew. Events wait.
  void lead(bool leading);
  void submit(WantedStatus status);
  void submit(WantedEvent event);
  // Gives up what is still waiting. True: nothing is under way any more; false: a write took longer than that
  // and was broken off.
  bool stop(std::chrono::milliseconds patience = std::chrono::milliseconds(0));

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace palpo::status
