// SPDX-License-Identifier: Apache-2.0
// Follows one scope on a thread of its own: carries out what its WatchMachine says over the transport and
// turns what comes back into source events. The sink is called on that thread or on the transport's, never on
// both at once.
#pragma once
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "controller/kube/event_decoder.h"
#include "controller/kube/source.h"
#include "controller/kube/sync_times.h"
#include "controller/kube/transport.h"
#include "controller/kube/watch_machine.h"

namespace palpo::kube {

class Reflector {
 public:
  Reflector(const Reading& reading, const WatchOptions& options, std::shared_ptr<Transport> transport,
            std::shared_ptr<SyncTimes> times, Metrics& metrics);
  ~Reflector();
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  void start(SourceSink sink);
  void request_stop();
  void join();  // no event after it returns

 private:
  void run(const std::stop_token& stop);
  WatchAction carry_out(const WatchAction& action, const std::stop_token& stop);
  WatchInput read_page(const ListNext& next, const std::stop_token& stop);
  WatchInput read_stream(const WatchNext& next, const std::stop_token& stop);
  std::optional<WatchInput> take_line(std::string_view line);  // a value ends the stream
  void take_object(std::variant<Object, BrokenObject> object);
  void tell(const WatchAction& action);
  void tell_recovery();
  void publish_list();

  const Scope scope_;
  const Kind kind_;
  WatchMachine machine_;
  std::shared_ptr<Transport> transport_;
  const std::shared_ptr<SyncTimes> times_;
  Counter lists_, watches_, events_, errors_;
  SourceSink sink_;
  std::vector<Object> listed_;
  std::vector<BrokenObject> listed_broken_;
  std::jthread thread_;
};

}  // namespace palpo::kube
