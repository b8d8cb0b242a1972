// SPDX-License-Identifier: Apache-2.0
// A client's connection: TCP, TLS when its listener says so, and the codec of the protocol spoken on it. It
// moves bytes and ends cleanly; what they mean is the codec's. Worker's thread; owned by the connection
// table.
#pragma once
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/http/client_side.h"
#include "dataplane/http/downstream_codec.h"
#include "dataplane/http/worker_context.h"
#include "dataplane/net/fd.h"
#include "dataplane/net/gather.h"
#include "dataplane/net/tcp_stream.h"
#include "dataplane/tls/tls_session.h"

namespace palpo::http {

class ConnectionTable;

class DownstreamConnection final : public net::TcpStream, private tls::TlsSession::Output {
 public:
  DownstreamConnection(WorkerContext& context, ConnectionTable& table, api::Listener listener,
                       const sockaddr* peer);
  ~DownstreamConnection() override;
  void begin(net::Fd accepted);

  // For the codec. A write that fails shows as the connection's end in a later turn.
  void send(const net::Gather& gather);
  void pause();
  void resume();
  bool paused() const { return held_; }
  void finish(bool linger);  // close when everything is sent; linger: the client may still be sending
  void close_connection();   // now; what is queued is lost
  void reset_connection();   // now, visibly broken
  const ClientInfo& info() const { return info_; }
  bool may_ask_for(std::string_view host);

  void begin_drain();
  void cancel();  // the worker stops

  void mark_idle(bool idle);  // it has served, and waits for a next request

  // The table's.
  struct IdleLink {
    DownstreamConnection* before = nullptr;
    DownstreamConnection* after = nullptr;
    bool listed = false;
  };
  std::size_t place = 0;
  IdleLink idle;

 private:
  enum class Stage : std::uint8_t { handshake, open, finishing, lingering, gone };

  void on_input(char* data, std::size_t size) override;
  void on_end(bool broken) override;
  void on_drained() override;
  void on_some_sent() override;
  void on_turn() override;
  void on_deadline() override;
  void send_cipher(const char* data, std::size_t size) override;

  void describe_peer(const sockaddr* peer);
  void on_cipher(const char* data, std::size_t size);
  bool shake_hands();
  void read_plain();
  void open();
  void end_finishing();
  void read_on();
  void leave();

  WorkerContext& context_;
  ConnectionTable& table_;
  Stage stage_ = Stage::handshake;
  bool linger_ = false;
  bool held_ = false;            // paused by the codec
  bool answering_ = false;       // what goes out was caused by what is being read, not by the codec
  bool stalled_ = false;         // reading waits for the client to take such answers
  bool session_broken_ = false;  // nothing more can be said on the TLS session
  ClientInfo info_;
  std::array<char, 48> address_{};
  std::array<char, 136> forwarded_{};
  std::unique_ptr<tls::TlsSession> tls_;
  std::unique_ptr<DownstreamCodec> codec_;
  std::string verified_host_;  // a host besides the server name that the certificate covers
  Clock::time_point linger_end_;
};

}  // namespace palpo::http
