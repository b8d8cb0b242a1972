// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 (and 1.0) on a client's connection: finds the requests in the bytes, one exchange at a time, and
// puts the responses on the wire. Further requests that come meanwhile wait in a bounded buffer. Worker's
// thread, owned by its connection.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "dataplane/http/client_side.h"
#include "dataplane/http/downstream_codec.h"
#include "dataplane/http/exchange.h"
#include "dataplane/http/worker_context.h"
#include "dataplane/message/body_reader.h"

namespace palpo::http {

class DownstreamConnection;

class Http1Codec final : public DownstreamCodec, private ClientSide {
 public:
  Http1Codec(WorkerContext& context, DownstreamConnection& wire);

  void on_input(char* data, std::size_t size) override;
  void on_end(bool broken) override;
  void on_drained() override;
  void on_some_sent() override;
  void on_turn() override;
  void on_deadline() override;
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

  const ClientInfo& client() const override;
  bool may_ask_for(std::string_view host) override;
  void send_interim(const ResponseHead& head) override;
  Flow send_head(const ResponseHead& head, std::string_view piece, bool end) override;
  Flow send_body(std::string_view piece, bool end) override;
  void abort() override;
  void pause_request() override;
  void resume_request() override;
  void finished() override;

  void take(char* data, std::size_t size);
  std::size_t take_head(char* data, std::size_t size);
  std::size_t take_body(char* data, std::size_t size);
  void wait_for_more_head(std::string_view begun, std::size_t searched);
  void refuse(int status, std::string_view reason, std::string_view target);
  void take_waiting();
  void keep_waiting(std::string_view rest);
  void next_request();
  Flow push(const net::Gather& out);
  void arm();

  WorkerContext& context_;
  DownstreamConnection& wire_;
  Reading reading_ = Reading::head;
  bool head_begun_ = false;  // of the request now awaited: its deadline runs
  bool http_11_ = true;
  bool keep_alive_ = true;  // after the response under way
  bool chunking_ = false;
  bool tunnel_ = false;  // the response became one
  bool taking_ = false;  // within take()
  std::size_t searched_ = 0;
  BodyReader body_;
  std::size_t blank_lines_ = 0;         // before the request now awaited
  std::string waiting_;                 // an unfinished head, or further requests
  std::size_t waiting_at_ = 0;          // where in waiting_ they begin
  std::string* taking_from_ = nullptr;  // what waited, within take_waiting()
  Exchange exchange_;
};

}  // namespace palpo::http
