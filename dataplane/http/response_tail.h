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
#define PALPO_SERVER "Server: palpo-ingress\r\n"
  constexpr std::string_view kTails[] = {
      PALPO_SERVER "\r\n",
      PALPO_SERVER "Connection: close\r\n\r\n",
      PALPO_SERVER "Transfer-Encoding: chunked\r\n\r\n",
      PALPO_SERVER "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
      PALPO_SERVER "Connection: keep-alive\r\n\r\n",
      PALPO_SERVER "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  };
  constexpr std::size_t kServerSize = sizeof PALPO_SERVER - 1;
#undef PALPO_SERVER
  const std::string_view tail = kTails[static_cast<std::size_t>(kind)];
  return named ? tail.substr(kServerSize) : tail;
}

}  // namespace palpo::http
