// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/public_sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/asio.h"
#include "base/net_address.h"

namespace palpo::http {

namespace {

Error last_error(std::string_view what) {
  return {ErrorKind::unavailable, std::string(what) + ": " + std::system_category().message(errno)};
}

void enable(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

// Accepted sockets inherit the options.
Result<net::Fd> bind_socket(const tcp::endpoint& endpoint, bool shared) {
  net::Fd fd(::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return last_error("socket");
  enable(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (shared) enable(fd.get(), SOL_SOCKET, SO_REUSEPORT);
  enable(fd.get(), SOL_SOCKET, SO_KEEPALIVE);
  enable(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (endpoint.address().is_v6()) {
    const int only = endpoint.address().is_unspecified() ? 0 : 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  }
  if (::bind(fd.get(), static_cast<const sockaddr*>(endpoint.data()),
             static_cast<socklen_t>(endpoint.size())) != 0) {
    return last_error("bind");
  }
  return fd;
}

Result<tcp::endpoint> endpoint_of(const NetAddress& address) {
  if (address.host.empty()) {
    const net::Fd probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));  // a kernel without IPv6
    return tcp::endpoint(probe ? tcp::v6() : tcp::v4(), address.port);
  }
  error_code failed;
  const auto literal = asio::ip::make_address(address.host, failed);
  if (failed) return invalid("\"" + address.host + "\" is not an IP address");
  return tcp::endpoint(literal, address.port);
}

}  // namespace

Result<PublicSockets> open_public_sockets(const std::string& address, std::size_t workers) {
  const auto parsed = parse_net_address(address);
  if (!parsed) return parsed.error();
  auto endpoint = endpoint_of(*parsed);
  if (!endpoint) return endpoint.error();
  if (endpoint->port() != 0) {
    const auto alone = bind_socket(*endpoint, false);
    if (!alone) return alone.error();
  }
  PublicSockets result;
  for (std::size_t i = 0; i < workers; ++i) {
    auto socket = bind_socket(*endpoint, true);
    if (!socket) return socket.error();
    if (::listen(socket->get(), 4096) != 0) return last_error("listen");
    tcp::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(socket->get(), static_cast<sockaddr*>(bound.data()), &size) != 0)
      return last_error("getsockname");
    endpoint->port(bound.port());
    result.port = bound.port();
    result.sockets.push_back(std::move(*socket));
  }
  return result;
}

}  // namespace palpo::http
