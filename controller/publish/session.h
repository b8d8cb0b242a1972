// SPDX-License-Identifier: Apache-2.0
// What the publisher keeps for each connected data plane, and what it counts. Internal to the publisher, one
// thread.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/asio.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "controller/publish/peer.h"
#include "dataplane/api/unix_stream.h"

namespace palpo::publish {

struct Counters {
  explicit Counters(Metrics& metrics)
      : updates(metrics.counter("palpo_ingress_publish_updates_total", "Updates sent to data planes")),
        acks(metrics.counter("palpo_ingress_publish_acks_total", "Updates that data planes took")),
        nacks(metrics.counter("palpo_ingress_publish_nacks_total", "Updates that data planes refused")),
        keys(metrics.counter("palpo_ingress_publish_keys_total", "Private keys sent to data planes")),
        bytes(metrics.counter("palpo_ingress_publish_bytes_total", "Bytes of updates sent to data planes")),
        peers(metrics.gauge("palpo_ingress_publish_peers", "Connected data planes")),
        held_back(metrics.gauge("palpo_ingress_publish_held_back_resources",
                                "Resources not published as wanted because they were refused")),
        ack_seconds(metrics.histogram(
            "palpo_ingress_publish_ack_seconds", "From an update sent to its answer by the data plane",
            {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30})) {}
  Counter updates, acks, nacks, keys, bytes;
  Gauge peers, held_back;
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
  bool awaited = false;  // deadline counts: a cancelled timer's handler may be queued already
  bool closed = false;
};

}  // namespace palpo::publish
