// SPDX-License-Identifier: Apache-2.0
// One request and its response: takes the worker's configuration once, composes the rules of the request,
// decides what answers, waits for a slow client no longer than it may, and reports the outcome. Knows neither
// the connection nor the client's protocol: these are behind its ClientStream. Worker's thread; a codec
// reuses it for the stream's next request when finished() was called.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/http/client_stream.h"
#include "dataplane/http/exchange_shared.h"
#include "dataplane/http/proxy_pass.h"
#include "dataplane/http/request_policy.h"
#include "dataplane/http/responder.h"
#include "dataplane/message/head.h"
#include "dataplane/message/trace_context.h"
#include "dataplane/net/timer_wheel.h"
#include "dataplane/telemetry/outcome.h"

namespace palpo::http {

class Exchange final : private ProxyOwner, private net::Timed {
 public:
  Exchange(ExchangeShared& shared, ClientStream& stream)
      : shared_(shared), stream_(stream), proxy_(shared, *this) {}

  // head is valid during the call; piece is the first of the body, end says that there is no more.
  void start(const RequestHead& head, std::string_view piece, bool end);
  // Instead of start(): what came is no request. target: as far as it can be made out.
  void refuse(int status, std::string_view reason, std::string_view target);

  void on_request_body(std::string_view piece, bool end);
  void on_malformed_body();
  void on_client_progress() { arm(); }  // it takes the response, if slowly
  void on_client_drained();
  void on_client_gone();
  bool active() const { return active_; }
  bool response_begun() const { return active_ && status_ != 0; }

 private:
  void on_interim(const ResponseHead& head) override { stream_.send_interim(head); }
  Flow on_response(const ResponseHead& head, std::string_view piece, bool end) override;
  Flow on_response_body(std::string_view piece, bool end) override;
  void on_upstream_slow() override;
  void on_upstream_ready() override;
  void on_proxy_done() override;
  void on_proxy_failed(ProxyError error) override { answer_error(error); }
  void on_proxy_aborted() override;
  void on_deadline() override;

  // What is to be done with a request: the match of a route, or the error that there is none.
  struct Routed {
    std::optional<ProxyError> error;
    routing::Match match;
  };
  void begin(Method method, bool request_ended);
  void note_for_log(const RequestHead& head);
  Routed route(const RequestHead& head);
  routing::Match match(const RequestHead& head, std::optional<ProxyError>& error) const;
  void act(const RequestHead& head, const Routed& routed, std::string_view piece, bool end);
  void redirect(const RequestHead& head);
  void pass(const RequestHead& head, const api::ProxyTo& proxy, std::string_view piece, bool end);
  void answer(const OwnResponse& response);
  void answer_error(ProxyError error) { answer(error_response(error, request())); }
  void give_up(const OwnResponse& response);
  void arm();
  void report(telemetry::Ending ending);
  bool too_large() const { return policy_.max_body != 0 && request_bytes_ > policy_.max_body; }
  AnsweredRequest request() { return {method_, policy_.errors, shared_.date(), id_.text()}; }

  ExchangeShared& shared_;
  ClientStream& stream_;
  bool active_ = false;
  bool proxied_ = false;
  bool request_ended_ = false;
  bool upstream_slow_ = false;  // the stream was told to pause the request
  Method method_ = Method::get;
  int status_ = 0;
  std::uint64_t request_bytes_ = 0;
  std::uint64_t own_bytes_ = 0;
  Clock::time_point begun_;
  RequestId id_;
  config::ConfigPtr config_;  // this request's
  RequestPolicy policy_;      // refers to config_
  struct Logged {
    std::string method, host, target;
    std::array<char, kTraceParentSize> traceparent{};
    bool traced = false;
  };
  std::unique_ptr<Logged> logged_;  // only with an access log
  ProxyPass proxy_;
};

}  // namespace palpo::http
