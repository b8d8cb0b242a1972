// SPDX-License-Identifier: Apache-2.0
// A client's connection: TCP, TLS when its listener says so, and the codec of the protocol spoken on it. It
// moves bytes and ends cleanly; what they mean is the codec's. Worker's thread; owned by the connection
// table.
#pragma once
#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "dataplane/http/client_identity.h"
#include "dataplane/http/client_wire.h"
#include "dataplane/http/downstream_codec.h"
#include "dataplane/http/verified_hosts.h"
#include "dataplane/http/worker_shared.h"
#include "dataplane/net/fd.h"
#include "dataplane/net/gather.h"
#include "dataplane/net/tcp_stream.h"
#include "dataplane/tls/tls_session.h"

namespace palpo::http {

class ConnectionTable;

class DownstreamConnection final : public ClientWire, public net::TcpStream, private tls::TlsSession::Output {
 public:
  DownstreamConnection(WorkerShared& shared, ConnectionTable& table, api::Listener listener,
                       const sockaddr* peer);
  ~DownstreamConnection() override;
  void begin(net::Fd accepted);

  net::Sent send(const net::Gather& gather) override;
  bool drained() const override { return TcpStream::drained(); }
  void pause() override;
  void resume() override;
  bool paused() const override { return held_; }
  void set_deadline(std::chrono::milliseconds after) override { TcpStream::set_deadline(after); }
  void clear_deadline() override { TcpStream::clear_deadline(); }
  const ClientInfo& client() const override { return identity_.info(); }
  bool may_ask_for(std::string_view host) override;
  void again() override { TcpStream::again(); }
  void mark_idle(bool idle) override;
  void finish(bool linger) override;
  void close_connection() override;
  void reset_connection() override;
  bool closed() const override { return TcpStream::closed(); }

  void announce_drain();
  void begin_drain();
  void cancel();  // the worker stops

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

  void on_cipher(const char* data, std::size_t size);
  bool shake_hands();
  void read_plain();
  void open();
  void take(char* data, std::size_t size);
  void end_finishing();
  void read_on();
  void leave();

  WorkerShared& shared_;
  ConnectionTable& table_;
  Stage stage_ = Stage::handshake;
  bool linger_ = false;
  bool held_ = false;            // paused by the codec
  bool answering_ = false;       // what goes out was caused by what is being read, not by the codec
  bool stalled_ = false;         // reading waits for the client to take such answers
  bool session_broken_ = false;  // nothing more can be said on the TLS session
  bool silent_ = true;           // the client has said nothing, and codec_ waits for its first byte
  ClientIdentity identity_;
  std::unique_ptr<tls::TlsSession> tls_;
  std::unique_ptr<DownstreamCodec> codec_;
  VerifiedHosts verified_hosts_;
  Clock::time_point linger_end_;
};

}  // namespace palpo::http
