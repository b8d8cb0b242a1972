// SPDX-License-Identifier: Apache-2.0
// The data plane's end of the protocol as a machine without sockets: what happened goes in, what to do comes
// out. It keeps what is served (snapshot, version, keys) and the one update in flight. It compiles and
// distributes nothing itself; the driver is Subscriber. One owner, one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dataplane/api/frame.h"
#include "dataplane/api/message.h"
#include "dataplane/api/model.h"
#include "dataplane/api/version.h"

namespace palpo::config {

// What happened.
struct Connected {};
struct Received {
  api::Frame frame;
};
struct Disconnected {};  // the peer went; not said after a Close
struct Compiled {
  std::vector<api::Fault> faults;  // none: it can be distributed
};
struct AllTaken {};  // every worker serves the candidate
using Input = std::variant<Connected, Received, Disconnected, Compiled, AllTaken>;

// What to do, in order.
struct SendHello {
  api::Hello hello;
};
struct SendAck {
  api::Ack ack;
};
struct SendNack {
  api::Nack nack;
};
struct SendRecalled {
  api::Recalled recalled;
};
struct Compile {};     // candidate(), with keys()
struct Distribute {};  // what was compiled
struct Close {
  std::string reason;
};
using Action = std::variant<SendHello, SendAck, SendNack, SendRecalled, Compile, Distribute, Close>;

// The configuration that an update asks for, and how it differs from what is served.
struct Candidate {
  std::uint64_t seq = 0;
  api::Snapshot snapshot;
  api::Delta delta;
  Digest version;
  api::RunningVersion running;
};

class Subscription {
 public:
  std::vector<Action> step(Input input);

  const api::Snapshot& serving() const { return serving_; }
  const std::optional<Digest>& version() const { return version_; }  // none: never had a configuration
  const Candidate& candidate() const;                                // from Compile until AllTaken
  const api::KeyRing& keys() const { return keys_; }
  bool welcomed() const { return link_ == Link::ready; }

 private:
  enum class Link {
    down,
    holding,   // connected, but an update is still in flight: the hello waits to name what will be served
    greeting,  // hello sent
    ready,     // welcome received
  };
  enum class Work { idle, compiling, distributing };
  using Actions = std::vector<Action>;

  Actions on(Connected);
  Actions on(Received input);
  Actions on(Disconnected);
  Actions on(Compiled input);
  Actions on(AllTaken);
  Actions on_welcome(const api::Frame& frame);
  Actions on_key(const api::Frame& frame);
  Actions on_update(const api::Frame& frame);
  Actions on_recall(const api::Frame& frame);
  Actions begin(api::Update update);
  Actions refuse(std::uint64_t seq, std::string reason);
  Actions refuse(std::uint64_t seq, std::vector<api::Fault> faults);
  Actions close(std::string reason);
  Actions hello();
  api::Snapshot take_spare();
  std::vector<api::Fault> missing_keys(const api::Delta& delta) const;
  void forget_other_keys();

  Link link_ = Link::down;
  Work work_ = Work::idle;
  api::Snapshot serving_;
  api::RunningVersion running_;         // of serving_
  std::optional<api::Snapshot> spare_;  // equal to serving_: the next update is applied to it in place
  std::optional<Digest> version_;
  api::KeyRing keys_;           // of what is served and, until it is decided, of the update to come
  bool keys_in_doubt_ = false;  // keys_ may hold more than what is served needs
  std::optional<Candidate> candidate_;
};

}  // namespace palpo::config
