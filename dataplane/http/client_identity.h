// SPDX-License-Identifier: Apache-2.0
// Who a client is, and the header lines that say so to a homeserver, put together once per connection. Pure.
#pragma once
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "dataplane/http/client_stream.h"

namespace palpo::http {

class ClientIdentity {
 public:
  // https_port: where clients reach the https listener.
  ClientIdentity(api::Listener listener, const sockaddr* peer, std::uint16_t https_port);
  ClientIdentity(const ClientIdentity&) = delete;
  ClientIdentity& operator=(const ClientIdentity&) = delete;
  const ClientInfo& info() const { return info_; }
  bool tls() const { return info_.listener != api::Listener::http; }

 private:
  ClientInfo info_;  // refers to what follows
  std::array<char, 48> address_{};
  std::array<char, 136> forwarded_{};
};

}  // namespace palpo::http
