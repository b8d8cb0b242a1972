// SPDX-License-Identifier: Apache-2.0
// A client's connection as its codec sees it. Implemented by DownstreamConnection, and in tests without a
// socket. Worker's thread.
#pragma once
#include <string_view>

#include "dataplane/http/client_stream.h"
#include "dataplane/net/wire.h"

namespace palpo::http {

class ClientWire : public net::Wire {
 public:
  virtual const ClientInfo& client() const = 0;
  // host: normalised. False: the TLS certificate was another's.
  virtual bool may_ask_for(std::string_view host) = 0;

  virtual void again() = 0;               // DownstreamCodec::on_turn() in the next turn
  virtual void mark_idle(bool idle) = 0;  // it has served, and waits for a next request
  virtual void finish(bool linger) = 0;   // close when everything is sent; linger: the client may be sending
  virtual void close_connection() = 0;    // now; what is queued is lost
  virtual void reset_connection() = 0;    // now, visibly broken
  virtual bool closed() const = 0;

 protected:
  ~ClientWire() = default;
};

}  // namespace palpo::http
