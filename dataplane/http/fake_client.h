// SPDX-License-Identifier: Apache-2.0
// For tests: a client's connection without a socket. It carries what the test says to a codec, and what the
// codec sends to where the test looks; a codec that breaks the rules of its wire fails a check. One thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/http/client_wire.h"
#include "dataplane/http/downstream_codec.h"
#include "dataplane/http/exchange_shared.h"
#include "dataplane/net/timer_wheel.h"

namespace palpo::http {

class FakeClient final : public ClientWire, private net::Timed {
 public:
  enum class End { open, finished, closed, reset };
  explicit FakeClient(ExchangeShared& shared);

  // The client's part. What it says while reading pauses waits.
  void say(std::string_view bytes);
  void leave(bool broken = true);  // ends its side
  void take(std::size_t most);     // of what is queued
  void be_slow(bool slow) { slow_ = slow; }
  void turn();  // of the worker: what was asked for, and what waits, if it is read

  const std::string& received() const { return received_; }
  std::string take_received() { return std::exchange(received_, {}); }
  std::size_t queued() const { return queue_.size(); }
  std::size_t unread() const { return unread_.size(); }
  End end() const { return end_; }
  bool idle() const { return idle_; }
  bool waits() const { return deadline_runs_; }
  int asked() const { return asked_; }  // for how many requests' hosts
  DownstreamCodec& codec() { return *codec_; }

  net::Sent send(const net::Gather& gather) override;
  bool drained() const override { return queue_.empty(); }
  void pause() override { paused_ = true; }
  void resume() override { paused_ = false; }
  bool paused() const override { return paused_; }
  void set_deadline(std::chrono::milliseconds after) override;
  void clear_deadline() override;
  const ClientInfo& client() const override { return info_; }
  bool may_ask_for(std::string_view host) override;
  void again() override { again_ = true; }
  void mark_idle(bool idle) override { idle_ = idle; }
  void finish(bool linger) override;
  void close_connection() override { be_over(End::closed); }
  void reset_connection() override { be_over(End::reset); }
  bool closed() const override { return end_ != End::open; }

 private:
  void on_deadline() override;
  void be_over(End end);
  ExchangeShared& shared_;
  ClientInfo info_;
  std::unique_ptr<DownstreamCodec> codec_;
  bool silent_ = true;
  bool slow_ = false;
  bool paused_ = false;
  bool again_ = false;
  bool idle_ = false;
  bool deadline_runs_ = false;
  int asked_ = 0;
  End end_ = End::open;
  std::string received_;
  std::string queue_;
  std::string unread_;
};

}  // namespace palpo::http
