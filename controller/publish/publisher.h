// SPDX-License-Identifier: Apache-2.0
// The controller's end of the socket: listens, feeds every data plane that dials, and tells what each has
// acknowledged. Driver of the sans-io Peer and of the pure Quarantine. One io_context thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/asio.h"
#include "base/metrics.h"
#include "base/result.h"
#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"
#include "dataplane/api/validate.h"

namespace palpo::publish {

struct PeerState {
  std::string peer;                    // "pid 12 uid 1000"
  std::optional<Digest> acknowledged;  // version it serves
};

// What all connected data planes serve, told after every ack, nack, connect and disconnect.
struct PublishState {
  std::vector<PeerState> peers;
  bool current = false;          // at least one peer, and each has acknowledged the wanted version
  Digest wanted;                 // the version of what is published now (after quarantine)
  std::uint64_t generation = 0;  // of the publish() call that `wanted` carries out
  // Resources held back because a data plane refused them, with its words. They serve in their last accepted
  // form, or not at all.
  std::map<api::ResourceId, std::string> refused;
};

class Publisher {
 public:
  // metrics are scraped on io's thread.
  Publisher(asio::io_context& io, Metrics& metrics);
  ~Publisher();

  Result<void> listen(const std::string& socket_path);
  // The newest configuration, by what differs from the one before, the first from nothing; replaces one that
  // waits. keys: at least those of its certificates. generation: the caller's own count, told back in
  // PublishState. missing: names of certificates that it would have if their Secrets were known. A data plane
  // that serves what another process published is asked for them before anything is sent to it.
  void publish(const api::Delta& change, std::shared_ptr<const api::KeyRing> keys, std::uint64_t generation,
               const std::set<std::string>& missing = {});
  // Told before anything is sent to that data plane; what is published within the call is what it gets.
  using Recalled = std::vector<api::Ref<api::Certificate>>;
  void on_recalled(std::function<void(const Recalled&)> listener);
  void on_state(std::function<void(const PublishState&)> listener);
  const PublishState& state() const;
  // The snapshot as published (quarantine applied), for /config.
  const api::Snapshot& published() const;
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace palpo::publish
