// SPDX-License-Identifier: Apache-2.0
// For tests: serving without sockets: the shared part of a worker, a clock that is moved by hand, upstreams
// and clients that the test plays. One thread.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "dataplane/http/config_draft.h"
#include "dataplane/http/exchange_shared.h"
#include "dataplane/http/fake_client.h"
#include "dataplane/http/fake_upstreams.h"

namespace palpo::http {

// h.test: every path to one endpoint, but /own, which is answered here; two.test: to two endpoints.
struct Serving {
  Serving() {
    api::FixedAnswer own;
    own.content_type = "text/plain";
    own.body = "own";
    ConfigDraft draft;
    draft.cluster("one", {8008}).cluster("two", {8009, 8010});
    draft.proxy("h.test", "/", "one").answer("h.test", "/own", own).proxy("two.test", "/", "two");
    shared.config = draft.build();
  }
  const api::Defaults& defaults() const { return shared.defaults(); }
  template <class Change>
  void change(Change&& apply) {
    config::RuntimeConfig next = *shared.config;
    api::Settings settings = next.settings->value;
    apply(settings.defaults);
    next.settings = api::seal(settings);
    shared.config = std::make_shared<const config::RuntimeConfig>(std::move(next));
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    timers.advance(now);
  }
  // Outcomes by the class of their status: 0: none was sent; 6: aborted.
  std::uint64_t outcomes(std::size_t code) const { return metrics.requests[0][code].value(); }
  std::uint64_t outcomes() const {
    std::uint64_t sum = 0;
    for (const auto& count : metrics.requests[0]) sum += count.value();
    return sum;
  }

  WorkerOptions options;
  Clock::time_point now = Clock::now();
  net::TimerWheel timers{now};
  FakeUpstreams upstreams{timers};
  telemetry::WorkerMetrics metrics;
  ExchangeShared shared{options, timers, upstreams, metrics, nullptr};
};

}  // namespace palpo::http
