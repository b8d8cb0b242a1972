// SPDX-License-Identifier: Apache-2.0
// One connection to a homeserver: resolving, connecting, in use by one request, or idle in its pool. It
// carries bytes and knows no HTTP. Worker's thread.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/net/tcp_stream.h"
#include "dataplane/upstream/name_cache.h"

namespace palpo::upstream {

class EndpointPool;

// Who uses a connection. Calls come in turns of the loop, never from within a call to the connection.
class ConnectionUser {
 public:
  virtual void on_upstream_connected() = 0;
  virtual void on_upstream_unreachable(const std::string& reason) = 0;  // no byte was sent
  virtual void on_upstream_input(char* data, std::size_t size) = 0;
  virtual void on_upstream_end(bool broken) = 0;
  virtual void on_upstream_sent(bool all) = 0;  // what was queued has left, or some of it
  virtual void on_upstream_deadline() = 0;

 protected:
  ~ConnectionUser() = default;
};

class Connection final : public net::TcpStream, private NameCache::Waiter {
 public:
  Connection(net::EventLoop& loop, NameCache& names, EndpointPool& pool);

  // Resolves and connects; the user hears of it in a later turn.
  void dial(std::chrono::milliseconds limit);

  void attach(ConnectionUser& user) { user_ = &user; }
  void detach() { user_ = nullptr; }
  EndpointPool& pool() { return pool_; }
  bool established() const { return established_; }
  bool reused() const { return reused_; }
  void mark_reused() { reused_ = true; }

  // Asks the kernel whether nothing has come on a connection that carries no request: neither its end nor
  // bytes. What came before a request was sent is no response to it, whatever it looks like.
  enum class Quiet : std::uint8_t { yes, ended, spoke };
  Quiet quiet() const;
  void end_writing() { shutdown_write(); }
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
