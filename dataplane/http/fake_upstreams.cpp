// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/fake_upstreams.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace palpo::http {

void FakeConnection::connect() {
  PALPO_CHECK(stage_ == Stage::dialing);
  stage_ = Stage::used;
  user_->on_upstream_connected();
}

void FakeConnection::refuse() {
  PALPO_CHECK(stage_ == Stage::dialing);
  user_->on_upstream_unreachable("refused");
}

void FakeConnection::answer(std::string_view bytes) {
  unread_.append(bytes);
  deliver();
}

void FakeConnection::end(bool broken) {
  ended_ = true;
  broken_ = broken;
  deliver();
}

void FakeConnection::deliver() {
  if (stage_ != Stage::used || paused_) return;
  if (!unread_.empty()) {
    std::string bytes = std::exchange(unread_, {});
    user_->on_upstream_input(bytes.data(), bytes.size());
  }
  if (ended_ && stage_ == Stage::used && !paused_) user_->on_upstream_end(broken_);
}

void FakeConnection::take(std::size_t most) {
  if (queue_.empty()) return;
  const std::size_t taken = std::min(most, queue_.size());
  received_.append(queue_, 0, taken);
  queue_.erase(0, taken);
  if (stage_ == Stage::used) user_->on_upstream_sent(queue_.empty());
}

net::Sent FakeConnection::send(const net::Gather& gather) {
  PALPO_CHECK(stage_ == Stage::used || stage_ == Stage::idle);
  PALPO_CHECK(!writing_ended_);
  std::string bytes;
  gather.append_to(bytes);
  if (!slow_ && queue_.empty()) {
    received_ += bytes;
    return net::Sent::all;
  }
  queue_ += bytes;
  return net::Sent::queued;
}

void FakeConnection::set_deadline(std::chrono::milliseconds after) {
  deadline_runs_ = true;
  timers_.set(*this, after);
}

void FakeConnection::clear_deadline() {
  deadline_runs_ = false;
  timers_.clear(*this);
}

void FakeConnection::on_deadline() {
  deadline_runs_ = false;
  user_->on_upstream_deadline();
}

void FakeConnection::attach(upstream::ConnectionUser& user) {
  user_ = &user;
  stage_ = Stage::used;
}

void FakeConnection::release(bool reusable) {
  PALPO_CHECK(stage_ != Stage::over);
  clear_deadline();
  stage_ = reusable && !ended_ && queue_.empty() ? Stage::idle : Stage::over;
  reused_ = true;
  paused_ = false;
  user_ = nullptr;
}

upstream::ConnectionPtr FakeUpstreams::take_idle(const upstream::Endpoint& endpoint) {
  for (const auto& connection : connections_) {
    if (connection->stage() == FakeConnection::Stage::idle && connection->endpoint_id() == endpoint.id)
      return upstream::ConnectionPtr(connection.get());
  }
  return nullptr;
}

upstream::ConnectionPtr FakeUpstreams::dial(const upstream::Endpoint& endpoint,
                                            upstream::ConnectionUser& user) {
  connections_.push_back(std::make_unique<FakeConnection>(timers_, endpoint, user));
  return upstream::ConnectionPtr(connections_.back().get());
}

std::vector<FakeConnection*> FakeUpstreams::in(FakeConnection::Stage stage) const {
  std::vector<FakeConnection*> found;
  for (const auto& connection : connections_) {
    if (connection->stage() == stage) found.push_back(connection.get());
  }
  return found;
}

}  // namespace palpo::http
