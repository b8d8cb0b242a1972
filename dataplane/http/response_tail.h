// SPDX-License-Identifier: Apache-2.0
// How the head of an HTTP/1.1 response ends: the fields that are this connection's own, and the empty line.
// Constants, so that a response costs no formatting. Pure.
#pragma once
#include <cstddef>
#include <string_view>

namespace palpo::http {

enum class TailKind { plain, close, chunked, close_chunked, keep_alive, tunnel };

// named: the response has a Server field already, or is to have none.
inline std::string_view response_tail(TailKind kind, bool named) {
  constexpr std::string_view kServer = "Server: palpo-ingress\r\n";  // each begins with it
  constexpr std::string_view kTails[] = {
      "Server: palpo-ingress\r\n\r\n",
      "Server: palpo-ingress\r\nConnection: close\r\n\r\n",
      "Server: palpo-ingress\r\nTransfer-Encoding: chunked\r\n\r\n",
      "Server: palpo-ingress\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
      "Server: palpo-ingress\r\nConnection: keep-alive\r\n\r\n",
      "Server: palpo-ingress\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  };
  const std::string_view tail = kTails[static_cast<std::size_t>(kind)];
  return named ? tail.substr(kServer.size()) : tail;
}

}  // namespace palpo::http
