// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/downstream_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "dataplane/http/connection_table.h"
#include "dataplane/http/http1_codec.h"
#include "dataplane/message/text_buffer.h"

namespace palpo::http {

namespace {

constexpr std::chrono::seconds kLongestLinger{30};
constexpr std::size_t kCipherRead = 32 * 1024;
constexpr int kCipherReadsPerTurn = 2;
constexpr std::chrono::seconds kLastHandshake{2};  // one that is under way when a drain begins

// Where clients reach the listener, whatever it is bound to and whatever they say.
std::uint16_t public_port(api::Listener listener, const WorkerOptions& options) {
  switch (listener) {
    case api::Listener::http:
      return 80;
    case api::Listener::https:
      return options.https_redirect_port;
    case api::Listener::federation:
      break;
  }
  return 8448;
}

template <std::size_t Size>
std::string_view store(std::string_view text, std::array<char, Size>& into) {
  PALPO_CHECK(text.size() <= Size);
  std::copy(text.begin(), text.end(), into.begin());
  return {into.data(), text.size()};
}

}  // namespace

DownstreamConnection::DownstreamConnection(WorkerContext& context, ConnectionTable& table,
                                           api::Listener listener, const sockaddr* peer)
    : TcpStream(context.loop, AfterBreak::end), context_(context), table_(table) {
  info_.listener = listener;
  info_.tls = listener != api::Listener::http;
  if (info_.tls) read_in_turns(kCipherRead, kCipherReadsPerTurn);
  describe_peer(peer);
}

DownstreamConnection::~DownstreamConnection() = default;

void DownstreamConnection::describe_peer(const sockaddr* peer) {
  char text[INET6_ADDRSTRLEN] = "unknown";
  if (peer->sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(peer)->sin_addr, text, sizeof text);
  } else if (peer->sa_family == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
      ::inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof text);
    } else {
      ::inet_ntop(AF_INET6, &address, text, sizeof text);
    }
  }
  info_.address = store(text, address_);
  TextBuffer<136> fields;
  fields.add("X-Forwarded-For: ");
  fields.add(info_.address);
  fields.add(info_.tls ? "\r\nX-Forwarded-Proto: https\r\n" : "\r\nX-Forwarded-Proto: http\r\n");
  fields.add("X-Forwarded-Port: ");
  fields.add(std::to_string(public_port(info_.listener, context_.options)));
  fields.add("\r\n");
  info_.forwarded_fields = store(fields.view(), forwarded_);
}

void DownstreamConnection::begin(net::Fd accepted) {
  context_.metrics.connections_open[telemetry::index_of(info_.listener)].add();
  context_.metrics.connections_accepted[telemetry::index_of(info_.listener)].add();
  if (adopt(std::move(accepted)) != 0) {
    context_.metrics.accept_failures.add();
    return leave();
  }
  if (info_.tls) {
    set_deadline(context_.options.timeouts.handshake);
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
  codec_ = std::make_unique<Http1Codec>(context_, *this);
}

// --- in

void DownstreamConnection::on_input(char* data, std::size_t size) {
  context_.metrics.bytes_received.add(size);
  if (stage_ == Stage::lingering) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(linger_end_ - context_.loop.now());
    set_deadline(std::clamp(left, std::chrono::milliseconds(0), context_.options.timeouts.linger));
  } else if (stage_ == Stage::finishing) {
    linger_ = true;
  } else if (info_.tls) {
    on_cipher(data, size);
  } else {
    codec_->on_input(data, size);
  }
}

void DownstreamConnection::on_cipher(const char* data, std::size_t size) {
  if (!tls_) {
    tls_ = std::make_unique<tls::TlsSession>(context_.config->tls.hello(),
                                             static_cast<tls::TlsSession::Output&>(*this));
  }
  tls_->give(data, size);
  if (stage_ == Stage::handshake && !shake_hands()) return;
  read_plain();
}

bool DownstreamConnection::shake_hands() {
  switch (tls_->handshake(context_.config->tls)) {
    case tls::TlsSession::Step::more:
      return false;
    case tls::TlsSession::Step::failed:
      context_.metrics.handshakes_failed.add();
      finish(false);  // the alert may still be queued
      return false;
    case tls::TlsSession::Step::established:
      break;
  }
  context_.metrics.handshakes_ok.add();
  open();
  return true;
}

void DownstreamConnection::read_plain() {
  while (stage_ == Stage::open) {
    answering_ = true;
    const std::size_t got = tls_->read(context_.plaintext(), net::EventLoop::kScratchSize);
    answering_ = false;
    if (got > 0) {
      codec_->on_input(context_.plaintext(), got);
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
      if (tls_) context_.metrics.handshakes_failed.add();
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
    if (stage_ == Stage::handshake && tls_) context_.metrics.handshakes_failed.add();
    leave();
  }
}

bool DownstreamConnection::may_ask_for(std::string_view host) {
  if (!tls_) return true;
  const std::string_view named = tls_->server_name();
  if (named.empty() || host == named || host == verified_host_) return true;
  if (!tls_->certificate_covers(host)) return false;
  verified_host_ = host;
  return true;
}

// --- out

void DownstreamConnection::send(const net::Gather& gather) {
  if (gather.size() == 0) return;
  if (!tls_) {
    context_.metrics.bytes_sent.add(gather.size());
    TcpStream::send(gather);
  } else if (!tls_->write(gather.parts(), gather.count())) {
    session_broken_ = true;
    again();
  }
}

void DownstreamConnection::send_cipher(const char* data, std::size_t size) {
  context_.metrics.bytes_sent.add(size);
  TcpStream::send(data, size);
  // The session's own answers are not the codec's to hold back: a client that takes none causes no more.
  if (!answering_ || drained() || stalled_) return;
  stalled_ = true;
  TcpStream::pause();
  set_deadline(context_.options.timeouts.client_idle);
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
    set_deadline(context_.options.timeouts.client_idle);
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
    set_deadline(context_.options.timeouts.client_idle);
    read_on();
  }
}

void DownstreamConnection::end_finishing() {
  if (!linger_) return leave();
  stage_ = Stage::lingering;
  shutdown_write();
  linger_end_ = context_.loop.now() + kLongestLinger;
  set_deadline(context_.options.timeouts.linger);
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
  context_.metrics.connections_open[telemetry::index_of(info_.listener)].subtract();
  close();
  table_.remove(*this);
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
