// SPDX-License-Identifier: Apache-2.0
// How one response goes to an HTTP/1.1 or 1.0 client: its framing, what its head says about the connection,
// and the ranges of bytes. Pure; what is gathered points into the arguments and into this object.
#pragma once
#include <cstdint>
#include <string_view>

#include "dataplane/http/forward_headers.h"
#include "dataplane/message/head.h"
#include "dataplane/net/gather.h"

namespace palpo::http {

class Http1Response {
 public:
  void begin(bool http_11) {
    http_11_ = http_11;
    chunking_ = tunnel_ = false;
  }

  // Whether the connection can outlast a response framed so: only its end may tell where the body ends.
  bool delimited(const Framing& body) const { return http_11_ || !is_unsized(body); }
  void gather_interim(const ResponseHead& head, net::Gather& out);  // nothing for HTTP/1.0
  // named: there is a Server field, or there is to be none.
  void gather_head(const ResponseHead& head, bool keep_alive, bool named, std::string_view piece, bool end,
                   net::Gather& out);
  void gather_body(std::string_view piece, bool end, net::Gather& out);
  bool tunnel() const { return tunnel_; }

 private:
  static bool is_unsized(const Framing& body) {
    return body.kind == BodyKind::chunked || body.kind == BodyKind::until_end;
  }
  bool http_11_ = true;
  bool chunking_ = false;
  bool tunnel_ = false;  // the response became one
  ChunkHeader chunk_;
};

}  // namespace palpo::http
