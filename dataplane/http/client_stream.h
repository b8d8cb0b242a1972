// SPDX-License-Identifier: Apache-2.0
// The seam between an exchange and the protocol its client speaks: what the exchange tells the client. One
// per request under way: HTTP/1.1 has one at a time, other protocols many on a connection. The other
// direction are the Exchange's own calls. No call here leads back into the exchange before it returns.
#pragma once
#include <cstdint>
#include <string_view>

#include "dataplane/api/model.h"
#include "dataplane/message/head.h"

namespace palpo::http {

// Who asks. As long as the connection.
struct ClientInfo {
  api::Listener listener = api::Listener::http;
  std::string_view address;           // of the peer, without port
  std::string_view forwarded_fields;  // X-Forwarded-For, -Proto and -Port, each line with its CRLF
};

enum class Flow : std::uint8_t {
  go,
  wait,  // taken, but the client is slow: nothing more until Exchange::on_client_drained()
};

class ClientStream {
 public:
  virtual const ClientInfo& client() const = 0;
  // host: normalised. False: the TLS certificate was another's.
  virtual bool may_ask_for(std::string_view host) = 0;

  virtual void send_interim(const ResponseHead& head) = 0;  // 1xx but 101
  // head.body says how the body is framed upstream; each protocol frames it anew. end: there is no more.
  virtual Flow send_head(const ResponseHead& head, std::string_view piece, bool end) = 0;
  virtual Flow send_body(std::string_view piece, bool end) = 0;
  virtual bool drained() const = 0;  // what was sent of this response has left
  virtual void abort() = 0;          // the response cannot be completed, and the client must see that

  virtual void pause_request() = 0;  // the upstream is slow: no more of the request's body
  virtual void resume_request() = 0;
  // The exchange is over, and may be used for the stream's next request. It is not destroyed before the call
  // that led here has returned.
  virtual void finished() = 0;

 protected:
  ~ClientStream() = default;
};

}  // namespace palpo::http
