// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/downstream_connection.h"

#include <algorithm>
#include <utility>

#include "dataplane/http/codec_factory.h"
#include "dataplane/http/connection_table.h"

namespace palpo::http {

namespace {

constexpr std::chrono::seconds kLongestLinger{30};
constexpr std::size_t kCipherRead = 32 * 1024;
constexpr int kCipherReadsPerTurn = 2;
constexpr std::chrono::seconds kLastHandshake{2};  // one that is under way when a drain begins

}  // namespace

DownstreamConnection::DownstreamConnection(WorkerShared& shared, ConnectionTable& table,
                                           api::Listener listener, const sockaddr* peer)
    : TcpStream(shared.loop, AfterBreak::end),
      shared_(shared),
      table_(table),
      identity_(listener, peer, shared.options.https_redirect_port) {
  if (identity_.tls()) read_in_turns(kCipherRead, kCipherReadsPerTurn);
}

DownstreamConnection::~DownstreamConnection() = default;

void DownstreamConnection::begin(net::Fd accepted) {
  shared_.metrics.connections_open[telemetry::index_of(client().listener)].add();
  shared_.metrics.connections_accepted[telemetry::index_of(client().listener)].add();
  if (adopt(std::move(accepted)) != 0) {
    shared_.metrics.accept_failures.add();
    return leave();
  }
  if (identity_.tls()) {
    set_deadline(shared_.exchanges.defaults().handshake);
  } else {
    open();
  }
}

void DownstreamConnection::mark_idle(bool is_idle) {
  if (is_idle == idle.listed) return;
  if (is_idle) {
    table_.mark_idle(*this);
  } else {
    table_.mark_busy(*this);
  }
}

void DownstreamConnection::open() {
  stage_ = Stage::open;
  codec_ = make_silent_codec(shared_.exchanges, *this);
}

// --- in

void DownstreamConnection::on_input(char* data, std::size_t size) {
  shared_.metrics.bytes_received.add(size);
  if (stage_ == Stage::lingering) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(linger_end_ - shared_.loop.now());
    set_deadline(std::clamp(left, std::chrono::milliseconds(0), shared_.exchanges.defaults().linger));
  } else if (stage_ == Stage::finishing) {
    linger_ = true;
  } else if (identity_.tls()) {
    on_cipher(data, size);
  } else {
    take(data, size);
  }
}

void DownstreamConnection::take(char* data, std::size_t size) {
  if (std::exchange(silent_, false))
    codec_ = make_codec(tls_ ? tls_->protocol() : std::string_view(), {data, size}, shared_.exchanges, *this);
  codec_->on_input(data, size);
}

void DownstreamConnection::on_cipher(const char* data, std::size_t size) {
  if (!tls_) {
    tls_ = std::make_unique<tls::TlsSession>(shared_.exchanges.config->tls.hello(),
                                             static_cast<tls::TlsSession::Output&>(*this));
  }
  tls_->give(data, size);
  if (stage_ == Stage::handshake && !shake_hands()) return;
  read_plain();
}

bool DownstreamConnection::shake_hands() {
  switch (tls_->handshake(shared_.exchanges.config->tls)) {
    case tls::TlsSession::Step::more:
      return false;
    case tls::TlsSession::Step::failed:
      shared_.metrics.handshakes_failed.add();
      finish(false);  // the alert may still be queued
      return false;
    case tls::TlsSession::Step::established:
      break;
  }
  shared_.metrics.handshakes_ok.add();
  open();
  return true;
}

void DownstreamConnection::read_plain() {
  while (stage_ == Stage::open) {
    answering_ = true;
    const std::size_t got = tls_->read(shared_.plaintext(), net::EventLoop::kScratchSize);
    answering_ = false;
    if (got > 0) {
      take(shared_.plaintext(), got);
      if (got == net::EventLoop::kScratchSize) continue;
      if (stage_ != Stage::open) return;
    }
    if (tls_->ended() == tls::TlsSession::ReadEnd::none) return;
    codec_->on_end(tls_->ended() == tls::TlsSession::ReadEnd::broken);
    return;
  }
}

void DownstreamConnection::on_end(bool broken) {
  switch (stage_) {
    case Stage::open:
      codec_->on_end(broken);
      break;
    case Stage::handshake:
      if (tls_) shared_.metrics.handshakes_failed.add();
      leave();
      break;
    case Stage::finishing:
      linger_ = false;
      if (broken) leave();
      break;
    case Stage::lingering:
      leave();
      break;
    case Stage::gone:
      break;
  }
}

void DownstreamConnection::on_turn() {
  if (stage_ != Stage::open) return;
  if (session_broken_) {
    codec_->on_end(true);
  } else {
    codec_->on_turn();
  }
}

void DownstreamConnection::on_deadline() {
  if (stage_ == Stage::open) {
    codec_->on_deadline();
  } else {
    if (stage_ == Stage::handshake && tls_) shared_.metrics.handshakes_failed.add();
    leave();
  }
}

bool DownstreamConnection::may_ask_for(std::string_view host) {
  if (!tls_) return true;
  const std::string_view named = tls_->server_name();
  if (named.empty() || host == named || verified_hosts_.has(host)) return true;
  if (!tls_->certificate_covers(host)) return false;
  verified_hosts_.add(host);
  return true;
}

// --- out

net::Sent DownstreamConnection::send(const net::Gather& gather) {
  if (gather.size() == 0) return net::Sent::all;
  if (!tls_) {
    shared_.metrics.bytes_sent.add(gather.size());
    return TcpStream::send(gather);
  }
  if (!tls_->write(gather.parts(), gather.count())) {
    session_broken_ = true;
    again();
    return net::Sent::failed;
  }
  return drained() ? net::Sent::all : net::Sent::queued;
}

void DownstreamConnection::send_cipher(const char* data, std::size_t size) {
  shared_.metrics.bytes_sent.add(size);
  TcpStream::send(data, size);
  // The session's own answers are not the codec's to hold back: a client that takes none causes no more.
  if (!answering_ || drained() || stalled_) return;
  stalled_ = true;
  TcpStream::pause();
  set_deadline(shared_.exchanges.defaults().client_idle);
}

void DownstreamConnection::pause() {
  held_ = true;
  TcpStream::pause();
}

void DownstreamConnection::resume() {
  held_ = false;
  if (!stalled_) TcpStream::resume();
}

void DownstreamConnection::on_drained() {
  if (std::exchange(stalled_, false) && !held_) TcpStream::resume();
  if (stage_ == Stage::open) {
    codec_->on_drained();
  } else if (stage_ == Stage::finishing) {
    end_finishing();
  }
}

void DownstreamConnection::on_some_sent() {
  if (stage_ == Stage::open) {
    codec_->on_some_sent();
  } else if (stage_ == Stage::finishing) {
    set_deadline(shared_.exchanges.defaults().client_idle);
  }
}

// --- the end

void DownstreamConnection::finish(bool linger) {
  if (stage_ == Stage::gone) return;
  stage_ = Stage::finishing;
  linger_ = linger;
  if (tls_) tls_->close();
  if (drained()) {
    end_finishing();
  } else {
    set_deadline(shared_.exchanges.defaults().client_idle);
    read_on();
  }
}

void DownstreamConnection::end_finishing() {
  if (!linger_) return leave();
  stage_ = Stage::lingering;
  shutdown_write();
  linger_end_ = shared_.loop.now() + kLongestLinger;
  set_deadline(shared_.exchanges.defaults().linger);
  read_on();
}

void DownstreamConnection::read_on() {
  if (!TcpStream::paused()) return;
  stalled_ = false;
  resume();
}

void DownstreamConnection::close_connection() {
  if (stage_ == Stage::gone) return;
  if (tls_) tls_->close();
  leave();
}

void DownstreamConnection::reset_connection() {
  if (stage_ == Stage::gone) return;
  reset();
  leave();
}

void DownstreamConnection::leave() {
  if (std::exchange(stage_, Stage::gone) == Stage::gone) return;
  shared_.metrics.connections_open[telemetry::index_of(client().listener)].subtract();
  close();
  table_.remove(*this);
}

void DownstreamConnection::announce_drain() {
  if (stage_ == Stage::open) codec_->announce_drain();
}

void DownstreamConnection::begin_drain() {
  if (stage_ == Stage::open) {
    codec_->begin_drain();
  } else if (stage_ == Stage::handshake) {
    set_deadline(kLastHandshake);
  }
}

void DownstreamConnection::cancel() {
  // A response that is cut must not look like one that has ended.
  if (stage_ == Stage::open && codec_->cancel()) return reset_connection();
  close_connection();
}

}  // namespace palpo::http
