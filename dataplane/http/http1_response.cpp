// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/http1_response.h"

namespace palpo::http {

namespace {

enum class TailKind { plain, close, chunked, close_chunked, keep_alive, tunnel };

// How the head ends: the fields that are this connection's own, and the empty line. Constants, so that a
// response costs no formatting.
std::string_view response_tail(TailKind kind, bool named) {
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

}  // namespace

void Http1Response::gather_interim(const ResponseHead& head, net::Gather& out) {
  if (http_11_) gather_response(head, "\r\n", out);
}

void Http1Response::gather_head(const ResponseHead& head, bool keep_alive, bool named, std::string_view piece,
                                bool end, net::Gather& out) {
  tunnel_ = head.status == 101;
  chunking_ = is_unsized(head.body) && http_11_;
  TailKind tail = TailKind::plain;
  if (tunnel_) {
    tail = TailKind::tunnel;
  } else if (!keep_alive) {
    tail = chunking_ ? TailKind::close_chunked : TailKind::close;
  } else if (chunking_) {
    tail = TailKind::chunked;
  } else if (!http_11_) {
    tail = TailKind::keep_alive;
  }
  gather_response(head, response_tail(tail, named), out);
  gather_body(piece, end, out);
}

void Http1Response::gather_body(std::string_view piece, bool end, net::Gather& out) {
  if (chunking_) {
    gather_chunk(piece, end, chunk_, out);
  } else {
    out.add(piece);
  }
}

}  // namespace palpo::http
