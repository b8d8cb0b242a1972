// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 (and 1.0) on a client's connection: finds the requests in the bytes, one exchange at a time, and
// puts the responses on the wire. Further requests that come meanwhile wait in a bounded buffer. Worker's
// thread, owned by its connection.
#pragma once
#include <cstddef>
#include <string_view>

#include "dataplane/http/client_stream.h"
#include "dataplane/http/client_wire.h"
#include "dataplane/http/downstream_codec.h"
#include "dataplane/http/exchange.h"
#include "dataplane/http/exchange_shared.h"
#include "dataplane/http/http1_response.h"
#include "dataplane/http/pending_input.h"
#include "dataplane/message/body_reader.h"

namespace palpo::http {

class Http1Codec final : public DownstreamCodec, private ClientStream {
 public:
  // The deadline for the first head runs already.
  Http1Codec(ExchangeShared& shared, ClientWire& wire);

  void on_input(char* data, std::size_t size) override;
  void on_end(bool broken) override;
  void on_drained() override;
  void on_some_sent() override;
  void on_turn() override;
  void on_deadline() override;
  void announce_drain() override { draining_ = true; }
  void begin_drain() override;
  bool cancel() override;

 private:
  // What the next byte from the client belongs to.
  enum class Reading : std::uint8_t {
    head,
    body,
    next,  // a further request: it waits
    tunnel,
    nothing,  // the connection ends with the response under way
  };

  const ClientInfo& client() const override { return wire_.client(); }
  bool may_ask_for(std::string_view host) override { return wire_.may_ask_for(host); }
  void send_interim(const ResponseHead& head) override;
  Flow send_head(const ResponseHead& head, std::string_view piece, bool end) override;
  Flow send_body(std::string_view piece, bool end) override;
  bool drained() const override { return wire_.drained(); }
  void abort() override;
  void pause_request() override { wire_.pause(); }
  void resume_request() override { wire_.resume(); }
  void finished() override;

  void take(char* data, std::size_t size);
  std::size_t take_head(char* data, std::size_t size);
  std::size_t take_body(char* data, std::size_t size);
  void wait_for_more_head(std::string_view begun, std::size_t searched);
  void refuse(int status, std::string_view reason, std::string_view target);
  void take_waiting();
  void next_request();
  Flow push(const net::Gather& out);

  ExchangeShared& shared_;
  ClientWire& wire_;
  Reading reading_ = Reading::head;
  bool head_begun_ = false;  // of the request now awaited: its deadline runs
  bool keep_alive_ = true;   // after the response under way
  bool taking_ = false;      // within take()
  bool draining_;            // responses say that the connection closes
  std::size_t searched_ = 0;
  std::size_t blank_lines_ = 0;  // before the request now awaited
  BodyReader body_;
  PendingInput waiting_;
  Http1Response response_;
  Exchange exchange_;
};

}  // namespace palpo::http
