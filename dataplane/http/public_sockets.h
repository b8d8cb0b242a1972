// SPDX-License-Identifier: Apache-2.0
// The public listening sockets: one per worker and listener, on the same address (SO_REUSEPORT), so that
// the kernel spreads connections. Main thread, once.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataplane/net/fd.h"

namespace palpo::http {

struct PublicSockets {
  std::vector<net::Fd> sockets;  // one per worker
  std::uint16_t port = 0;        // the bound one, when any was asked for
};

// address: "127.0.0.1:80", "[::1]:80", ":80" (IPv6 and IPv4 together). In use by anybody else, even one who
// shares: an error.
Result<PublicSockets> open_public_sockets(const std::string& address, std::size_t workers);

}  // namespace palpo::http
