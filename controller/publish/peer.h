// SPDX-License-Identifier: Apache-2.0
// The conversation with one data plane, without its socket: hello, welcome, keys and updates, ack or nack.
// One update is in flight; what is wanted meanwhile replaces what waits. An error is a breach of the
// protocol: the driver closes. Decides what to send, not what is wanted (Quarantine), and does no I/O. One
// owner, one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "controller/publish/published.h"
#include "dataplane/api/frame.h"
#include "dataplane/api/message.h"

namespace palpo::publish {

class Peer {
 public:
  enum class State {
    waiting_for_hello,
    in_sync,    // serves what is wanted, or nothing is wanted yet
    recalling,  // is asked what it has of certificates that are missing, before anything is taken from it
    updating,   // an update is in flight
    refused,    // said no to what is wanted; waits for something else
  };

  // A frame to send; a key goes by pointer so that it is never copied into a payload.
  struct Outgoing {
    api::FrameKind kind = api::FrameKind::welcome;
    std::string payload;
    std::shared_ptr<const api::PrivateKey> key;
  };

  struct Refusal {
    PublishedRef target;
    std::string reason;
    std::vector<api::Fault> faults;
  };

  // What follows from an input: frames to send in order, and what has become known.
  struct Step {
    std::vector<Outgoing> frames;
    std::optional<api::Hello> hello;
    bool acknowledged = false;
    std::optional<Refusal> refusal;
    std::optional<std::vector<api::Ref<api::Certificate>>> recalled;  // then resume() is to be called
  };

  // history and missing outlive the peer; the driver remembers in history what it publishes, and keeps in
  // missing the names of certificates that the wanted configuration lacks.
  Peer(const History& history, const std::set<std::string>& missing) : history_(history), missing_(missing) {}

  Result<Step> receive(api::FrameKind kind, std::string_view payload);
  // What it should serve from now on.
  Step want(PublishedRef wanted);
  // Forgets that the wanted configuration was refused: whatever was the matter may have passed.
  Step retry();

  // What was recalled has been dealt with.
  Step resume();

  State state() const { return state_; }
  const std::optional<Digest>& serving() const { return serving_; }

 private:
  struct InFlight {
    std::uint64_t seq = 0;
    PublishedRef target;
    bool full = false;
    bool certificates = false;  // it puts or drops some, so the keys held change
  };

  Result<Step> on_hello(std::string_view payload);
  Result<Step> on_ack(std::string_view payload);
  Result<Step> on_nack(std::string_view payload);
  Result<Step> on_recalled(std::string_view payload);
  bool recall(Step& step);
  void proceed(Step& step);
  void send_update(Step& step);
  api::Delta delta_from(const PublishedRef& base) const;  // null: from nothing
  void decided();

  const History& history_;
  const std::set<std::string>& missing_;
  State state_ = State::waiting_for_hello;
  PublishedRef wanted_;
  std::optional<Digest> serving_;
  PublishedRef base_;  // the content of serving_, when we know it
  std::set<std::string> held_keys_;
  std::uint64_t last_seq_ = 0;
  std::optional<InFlight> in_flight_;
  std::set<std::string> recalls_;  // names that it is asked for
  bool asked_ = false;             // once per connection
  std::optional<Digest> refused_;  // version it said no to
  bool whole_ = false;             // the next update goes from nothing
};

}  // namespace palpo::publish
