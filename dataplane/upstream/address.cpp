// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/address.h"

#include <cstring>

namespace palpo::upstream {

EndpointAddress to_address(const Endpoint& endpoint) {
  EndpointAddress address{std::string(endpoint.address), endpoint.port, std::nullopt};
  error_code failed;
  const auto literal = asio::ip::make_address(address.host, failed);
  if (!failed) address.literal = literal;
  return address;
}

SocketAddress socket_address(const asio::ip::address& address, std::uint16_t port) {
  const tcp::endpoint endpoint(address, port);
  SocketAddress result;
  result.size = static_cast<socklen_t>(endpoint.size());
  std::memcpy(&result.storage, endpoint.data(), endpoint.size());
  return result;
}

}  // namespace palpo::upstream
