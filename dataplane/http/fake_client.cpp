// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/fake_client.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "dataplane/http/codec_factory.h"

namespace palpo::http {

namespace {
constexpr std::size_t kRead = 16 * 1024;  // at most that at once, as a socket's buffer would have it
}  // namespace

FakeClient::FakeClient(ExchangeShared& shared) : shared_(shared), codec_(make_silent_codec(shared, *this)) {
  info_.address = "192.0.2.1";
  info_.forwarded_fields =
      "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\n";
}

void FakeClient::say(std::string_view bytes) {
  unread_.append(bytes);
  turn();
}

void FakeClient::turn() {
  if (end_ == End::open && std::exchange(again_, false)) codec_->on_turn();
  while (end_ == End::open && !paused_ && !unread_.empty()) {
    std::string bytes = unread_.substr(0, kRead);
    unread_.erase(0, bytes.size());
    if (std::exchange(silent_, false)) codec_ = make_codec({}, bytes, shared_, *this);
    codec_->on_input(bytes.data(), bytes.size());
  }
}

void FakeClient::leave(bool broken) {
  if (end_ == End::open) codec_->on_end(broken);
}

void FakeClient::take(std::size_t most) {
  if (queue_.empty()) return;
  const std::size_t taken = std::min(most, queue_.size());
  received_.append(queue_, 0, taken);
  queue_.erase(0, taken);
  if (end_ != End::open) return;
  if (queue_.empty()) {
    codec_->on_drained();
  } else {
    codec_->on_some_sent();
  }
}

net::Sent FakeClient::send(const net::Gather& gather) {
  PALPO_CHECK(end_ == End::open);
  std::string bytes;
  gather.append_to(bytes);
  if (!slow_ && queue_.empty()) {
    received_ += bytes;
    return net::Sent::all;
  }
  queue_ += bytes;
  return net::Sent::queued;
}

void FakeClient::set_deadline(std::chrono::milliseconds after) {
  deadline_runs_ = true;
  shared_.timers.set(*this, after);
}

void FakeClient::clear_deadline() {
  deadline_runs_ = false;
  shared_.timers.clear(*this);
}

void FakeClient::on_deadline() {
  deadline_runs_ = false;
  if (end_ == End::open) codec_->on_deadline();
}

bool FakeClient::may_ask_for(std::string_view) {
  ++asked_;
  return true;
}

void FakeClient::finish(bool) { be_over(End::finished); }

void FakeClient::be_over(End end) {
  if (end_ != End::open) return;
  end_ = end;
  clear_deadline();
}

}  // namespace palpo::http
