// SPDX-License-Identifier: Apache-2.0
// One request and its response: takes the worker's configuration once, decides what answers, and reports the
// outcome. Knows no wire protocol of the client's: that is behind ClientSide. Worker's thread; a codec reuses
// it for the next request when client.finished() was called.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "dataplane/http/client_side.h"
#include "dataplane/http/proxy_pass.h"
#include "dataplane/http/responder.h"
#include "dataplane/http/worker_context.h"
#include "dataplane/message/head.h"
#include "dataplane/message/trace_context.h"
#include "dataplane/telemetry/outcome.h"

namespace palpo::http {

class Exchange final : private ProxyOwner {
 public:
  Exchange(WorkerContext& context, ClientSide& client)
      : context_(context), client_(client), proxy_(context, client, *this) {}

  // head is valid during the call; piece is the first of the body, end says that there is no more.
  void start(const RequestHead& head, std::string_view piece, bool end);
  // Instead of start(): what came is no request. target: as far as it can be made out.
  void refuse(int status, std::string_view reason, std::string_view target);

  void on_request_body(std::string_view piece, bool end);
  void on_malformed_body();
  void on_request_timeout();  // the client stopped sending its body
  void on_client_drained() { proxy_.on_client_drained(); }
  void on_client_gone();
  bool active() const { return active_; }
  bool response_begun() const { return active_ && status_ != 0; }

 private:
  void on_response_begun(int status) override { status_ = status; }
  void on_proxy_done() override;
  void on_proxy_failed(ProxyError error) override;
  void on_proxy_aborted() override;

  void begin(Method method, std::string_view target);
  void note_for_log(const RequestHead& head);
  void route(const RequestHead& head, std::string_view piece, bool end);
  void redirect(const RequestHead& head);
  void pass(const RequestHead& head, const api::ProxyTo& proxy, std::string_view piece, bool end);
  void answer(const OwnResponse& response);
  void give_up(const OwnResponse& response);
  void answer_error(ProxyError error);
  void report(telemetry::Ending ending);
  AnsweredRequest request() { return {method_, on_matrix_path_, context_.date(), id_.text()}; }

  WorkerContext& context_;
  ClientSide& client_;
  bool active_ = false;
  bool proxied_ = false;
  bool on_matrix_path_ = false;
  Method method_ = Method::get;
  int status_ = 0;
  std::uint64_t request_bytes_ = 0;
  std::uint64_t own_bytes_ = 0;
  Clock::time_point begun_;
  RequestId id_;
  config::ConfigPtr config_;  // this request's
  std::string_view owner_;    // within config_
  struct Logged {
    std::string method, host, target;
    std::array<char, kTraceParentSize> traceparent{};
    bool traced = false;
  };
  std::unique_ptr<Logged> logged_;  // only with an access log
  ProxyPass proxy_;
};

}  // namespace palpo::http
