// SPDX-License-Identifier: Apache-2.0
// Where an endpoint is, and the same in the kernel's form. Pure, any thread.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/asio.h"

namespace palpo::upstream {

// What a request's route names. `address` is only read during the call it is given to.
struct Endpoint {
  std::uint64_t id = 0;  // never used for another address
  std::string_view address;
  std::uint16_t port = 0;
  bool is_name = false;
};

struct EndpointAddress {
  std::string host;  // a name or a literal
  std::uint16_t port = 0;
  std::optional<asio::ip::address> literal;
};
EndpointAddress to_address(const Endpoint& endpoint);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
SocketAddress socket_address(const asio::ip::address& address, std::uint16_t port);

}  // namespace palpo::upstream
