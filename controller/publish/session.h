// SPDX-License-Identifier: Apache-2.0
// What the publisher keeps for each connected data plane, and what it counts. Internal to the publisher, one
// thread.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/asio.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "controller/publish/families.h"
#include "controller/publish/peer.h"
#include "dataplane/api/unix_stream.h"

namespace palpo::publish {

struct Counters {
  explicit Counters(Metrics& metrics)
      : updates(metrics.counter(families::kUpdates)),
        acks(metrics.counter(families::kAcks)),
        nacks(metrics.counter(families::kNacks)),
        keys(metrics.counter(families::kKeys)),
        bytes(metrics.counter(families::kSentBytes)),
        peers(metrics.gauge(families::kPeers)),
        held_back(metrics.gauge(families::kHeldBack)),
        ack_seconds(metrics.histogram(families::kAckTime)) {}
  Counter updates, acks, nacks, keys, bytes;
  Gauge peers, held_back;
  WallClock::time_point last_acknowledged, last_refused;  // epoch: never
  Histogram ack_seconds;
};

// One connected data plane: its machine, its socket, and the deadline of what is awaited from it.
struct Session {
  Session(asio::io_context& io, const History& history, const std::set<std::string>& missing,
          std::shared_ptr<api::FrameChannel> c)
      : machine(history, missing),
        channel(std::move(c)),
        name(channel->peer().text()),
        deadline(io),
        retry(io) {}
  Peer machine;
  std::shared_ptr<api::FrameChannel> channel;
  std::string name;
  asio::steady_timer deadline;
  asio::steady_timer retry;
  Clock::time_point sent;
  std::optional<Clock::time_point> owing_since;  // an acknowledgement, without any meanwhile
  bool awaited = false;  // deadline counts: a cancelled timer's handler may be queued already
  bool closed = false;
};

}  // namespace palpo::publish
