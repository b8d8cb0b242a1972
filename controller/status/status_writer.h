// SPDX-License-Identifier: Apache-2.0
// Writes what is true into the objects' status, through the API server, only when it differs and only after
// the data plane's ack. Its own thread does the blocking calls; submit() is thread-safe and keeps the newest
// wish an object.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "controller/kube/kinds.h"
#include "controller/kube/transport.h"
#include "controller/translate/report.h"

namespace palpo::status {

// The status an object should have.
struct WantedStatus {
  kube::Kind kind = kube::Kind::ingress;
  kube::Meta meta;                                   // of the object the wish was made from
  std::vector<kube::LoadBalancerAddress> addresses;  // Ingress
  std::int64_t observed_generation = 0;              // PalpoHomeserver
  std::vector<kube::Condition> conditions;  // PalpoHomeserver; transition times filled in by conditions.h
};

// A core/v1 Event about an object; equal ones within an hour are counted up on the server instead of
// repeated.
struct WantedEvent {
  kube::Kind kind = kube::Kind::ingress;
  kube::Meta meta;
  bool warning = true;
  std::string reason;
  std::string message;
};

// The name under which this controller owns the statuses it writes (metadata.managedFields): by it a
// controller that was started anew knows what is its own to take back. Controllers of other classes have
// other names.
std::string field_manager(std::string_view controller_name, std::string_view class_name);

class StatusWriter {
 public:
  StatusWriter(std::shared_ptr<kube::Transport> transport, std::string manager, Metrics& metrics);
  ~StatusWriter();
  void start();
  void submit(WantedStatus status);
  void submit(WantedEvent event);
  void stop();  // gives up what is still waiting

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace palpo::status
