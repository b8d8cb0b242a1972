// SPDX-License-Identifier: Apache-2.0
// One request to a homeserver as HTTP/1.1: puts it on the connection it is given, keeps it as long as it may
// have to be sent again, and reads the one response. Knows no endpoints. Worker's thread; a member of its
// ProxyPass, reused for the next request.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/http/client_stream.h"
#include "dataplane/http/forward_headers.h"
#include "dataplane/http/kept_request.h"
#include "dataplane/http/proxy_error.h"
#include "dataplane/http/request_policy.h"
#include "dataplane/message/body_reader.h"
#include "dataplane/message/head.h"
#include "dataplane/net/gather.h"
#include "dataplane/upstream/connection.h"

namespace palpo::http {

// Where a response goes.
class ResponseSink {
 public:
  virtual void on_interim(const ResponseHead& head) = 0;  // 1xx but 101
  virtual Flow on_response(const ResponseHead& head, std::string_view piece, bool end) = 0;
  virtual Flow on_response_body(std::string_view piece, bool end) = 0;
  virtual void on_upstream_slow() = 0;  // no more of the request for now
  virtual void on_upstream_ready() = 0;

 protected:
  ~ResponseSink() = default;
};

// Who is told how an attempt ended.
class AttemptOwner {
 public:
  // Nothing was sent on this connection. error: what to say when no other is left.
  virtual void on_unsent(ProxyError error) = 0;
  // The connection ended, as idle ones do, before anything of a response. False: nothing is done about it.
  virtual bool send_again() = 0;
  virtual void on_attempt_done() = 0;                    // the sink has the whole response
  virtual void on_attempt_failed(ProxyError error) = 0;  // the sink has nothing yet
  virtual void on_attempt_broken() = 0;                  // the sink has a part that cannot be completed
  virtual std::string endpoint() const = 0;              // for logs

 protected:
  ~AttemptOwner() = default;
};

class Http1Upstream final : public upstream::ConnectionUser {
 public:
  Http1Upstream(ResponseSink& sink, AttemptOwner& owner) : sink_(sink), owner_(owner) {}
  ~Http1Upstream() { cancel(); }
  Http1Upstream(const Http1Upstream&) = delete;
  Http1Upstream& operator=(const Http1Upstream&) = delete;

  // The request so far, in the form in which it goes. On its user's stack.
  struct Outgoing {
    RequestTail tail;
    ChunkHeader chunk;
    net::Gather bytes;
  };

  // policy stays until the end. head is valid as long as out is used.
  void begin(const RequestHead& head, const ClientInfo& client, const RequestId& id,
             const RequestPolicy& policy, std::string_view body, bool end, Outgoing& out);
  void repeat(Outgoing& out) const { kept_.gather(out.bytes); }      // what was kept
  bool send(upstream::ConnectionPtr idle, const Outgoing& request);  // false: it was not sent
  void send_when_connected(upstream::ConnectionPtr dialed, const Outgoing& request);

  void on_request_body(std::string_view piece, bool end);
  void on_client_drained();
  void cancel();

  bool active() const { return state_ != State::idle; }
  std::uint64_t response_bytes() const { return response_bytes_; }

 private:
  enum class State : std::uint8_t { idle, dialing, waiting, body, tunnel };

  void on_upstream_connected() override;
  void on_upstream_unreachable(const std::string& reason) override;
  void on_upstream_input(char* data, std::size_t size) override;
  void on_upstream_end(bool broken) override;
  void on_upstream_sent(bool all) override;
  void on_upstream_deadline() override;

  bool kept_too_much() const { return kept_.size() > policy_->kept_request; }
  void hold_request();
  void release_request();
  void after_send(net::Sent sent);
  void arm();

  bool unanswered() const;
  void take_head(char* data, std::size_t size);
  void begin_response(ResponseHead& head, char* rest, std::size_t size);
  void begin_tunnel(const ResponseHead& head, std::string_view rest);
  void take_body(char* data, std::size_t size);
  void hand_over(Flow flow, bool end);
  void complete();
  void fail(ProxyError error);
  void break_off();
  void let_go(bool reusable);

  ResponseSink& sink_;
  AttemptOwner& owner_;
  const RequestPolicy* policy_ = nullptr;

  State state_ = State::idle;
  bool head_request_ = false;
  bool wants_websocket_ = false;
  bool chunked_request_ = false;
  bool request_ended_ = false;
  bool request_held_ = false;  // the sink was told that the upstream is slow
  bool reusable_ = false;      // the connection, after this response
  std::size_t interims_ = 0;
  std::uint64_t response_bytes_ = 0;
  upstream::ConnectionPtr connection_;
  BodyReader reader_;
  KeptRequest kept_;
  std::string partial_;  // of a response head
  std::size_t searched_ = 0;
};

}  // namespace palpo::http
