// SPDX-License-Identifier: Apache-2.0
// One connection to a homeserver: resolving, connecting, in use by one request, or idle in its pool. Worker's
// thread.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/net/tcp_stream.h"
#include "dataplane/upstream/connection.h"
#include "dataplane/upstream/name_cache.h"

namespace palpo::upstream {

class EndpointPool;

class TcpConnection final : public Connection, public net::TcpStream, private NameCache::Waiter {
 public:
  TcpConnection(net::EventLoop& loop, NameCache& names, EndpointPool& pool);

  // Resolves and connects; the user hears of it in a later turn.
  void dial(std::chrono::milliseconds limit);

  net::Sent send(const net::Gather& gather) override { return TcpStream::send(gather); }
  bool drained() const override { return TcpStream::drained(); }
  void pause() override { TcpStream::pause(); }
  void resume() override { TcpStream::resume(); }
  bool paused() const override { return TcpStream::paused(); }
  void set_deadline(std::chrono::milliseconds after) override { TcpStream::set_deadline(after); }
  void clear_deadline() override { TcpStream::clear_deadline(); }
  void attach(ConnectionUser& user) override { user_ = &user; }
  bool reused() const override { return reused_; }
  Quiet quiet() const override;
  void end_writing() override { shutdown_write(); }
  void release(bool reusable) override;

  // The pool's.
  void detach() { user_ = nullptr; }
  void mark_reused() { reused_ = true; }
  void hang_up();

 private:
  void on_resolved(const NameCache::Addresses* addresses) override;
  void on_connected(int error) override;
  void on_input(char* data, std::size_t size) override;
  void on_end(bool broken) override;
  void on_drained() override;
  void on_some_sent() override;
  void on_turn() override;
  void on_deadline() override;
  void try_next_address();
  void unreachable(std::string reason);

  NameCache& names_;
  EndpointPool& pool_;
  ConnectionUser* user_ = nullptr;
  NameCache::Addresses addresses_;  // still to try, last first
  std::string failure_;             // reported in the next turn
  bool resolving_ = false;
  bool established_ = false;
  bool reused_ = false;
};

}  // namespace palpo::upstream
