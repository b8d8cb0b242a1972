// SPDX-License-Identifier: Apache-2.0
// What carries one request to a homeserver, as its user sees it. It carries bytes and knows no HTTP.
// Implemented by TcpConnection, and in tests without a socket. Worker's thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/net/wire.h"

namespace palpo::upstream {

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

class Connection : public net::Wire {
 public:
  virtual void attach(ConnectionUser& user) = 0;
  virtual bool reused() const = 0;  // it has carried a request before

  // Asks whether nothing has come on a connection that carries no request: neither its end nor bytes. What
  // came before a request was sent is no response to it, whatever it looks like.
  enum class Quiet : std::uint8_t { yes, ended, spoke };
  virtual Quiet quiet() const = 0;

  virtual void end_writing() = 0;  // after what is queued
  // The user's last call. reusable: it may carry another request.
  virtual void release(bool reusable) = 0;

 protected:
  ~Connection() = default;
};

// A connection in use. What is not given back is hung up.
struct HangUp {
  void operator()(Connection* connection) const { connection->release(false); }
};
using ConnectionPtr = std::unique_ptr<Connection, HangUp>;
inline void give_back(ConnectionPtr connection) { connection.release()->release(true); }

}  // namespace palpo::upstream
