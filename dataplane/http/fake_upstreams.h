// SPDX-License-Identifier: Apache-2.0
// For tests: upstream connections without sockets. The test plays the homeservers: it lets a dial succeed or
// fail, takes what was sent, answers, and ends. Nothing happens but in these calls. One thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/net/timer_wheel.h"
#include "dataplane/upstream/connector.h"

namespace palpo::http {

class FakeUpstreams;

class FakeConnection final : public upstream::Connection, private net::Timed {
 public:
  enum class Stage { dialing, used, idle, over };
  FakeConnection(net::TimerWheel& timers, upstream::Endpoint endpoint, upstream::ConnectionUser& user)
      : timers_(timers), endpoint_(endpoint), user_(&user) {}

  // The homeserver's part. What it says while reading pauses waits.
  void connect();
  void refuse();
  void answer(std::string_view bytes);
  void end(bool broken = false);
  void take(std::size_t most);  // of what is queued
  void be_slow(bool slow) { slow_ = slow; }

  Stage stage() const { return stage_; }
  std::uint64_t endpoint_id() const { return endpoint_.id; }
  const std::string& received() const { return received_; }
  std::size_t queued() const { return queue_.size(); }
  std::size_t unread() const { return unread_.size(); }
  bool waits() const { return deadline_runs_; }

  net::Sent send(const net::Gather& gather) override;
  bool drained() const override { return queue_.empty(); }
  void pause() override { paused_ = true; }
  void resume() override { paused_ = false; }
  bool paused() const override { return paused_; }
  void set_deadline(std::chrono::milliseconds after) override;
  void clear_deadline() override;
  void attach(upstream::ConnectionUser& user) override;
  bool reused() const override { return reused_; }
  Quiet quiet() const override { return ended_ ? Quiet::ended : Quiet::yes; }
  void end_writing() override { writing_ended_ = true; }
  void release(bool reusable) override;
  void deliver();  // what waits, if it is read

 private:
  void on_deadline() override;
  net::TimerWheel& timers_;
  upstream::Endpoint endpoint_;
  upstream::ConnectionUser* user_;
  Stage stage_ = Stage::dialing;
  bool slow_ = false;
  bool paused_ = false;
  bool reused_ = false;
  bool deadline_runs_ = false;
  bool writing_ended_ = false;
  bool ended_ = false;
  bool broken_ = false;
  std::string received_;
  std::string queue_;
  std::string unread_;
};

class FakeUpstreams final : public upstream::Connector {
 public:
  explicit FakeUpstreams(net::TimerWheel& timers) : timers_(timers) {}
  upstream::ConnectionPtr take_idle(const upstream::Endpoint& endpoint) override;
  upstream::ConnectionPtr dial(const upstream::Endpoint& endpoint, upstream::ConnectionUser& user) override;
  bool avoided(std::uint64_t) const override { return false; }

  FakeConnection& last() { return *connections_.back(); }
  std::size_t dialed() const { return connections_.size(); }
  std::vector<FakeConnection*> in(FakeConnection::Stage stage) const;

 private:
  net::TimerWheel& timers_;
  std::vector<std::unique_ptr<FakeConnection>> connections_;  // all there ever were
};

}  // namespace palpo::http
