// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/exchange.h"

#include <algorithm>
#include <utility>

#include "dataplane/http/forward_headers.h"
#include "dataplane/matrix/paths.h"
#include "dataplane/message/head_parser.h"

namespace palpo::http {

void Exchange::begin(Method method, std::string_view target) {
  active_ = true;
  proxied_ = false;
  method_ = method;
  on_matrix_path_ = matrix::is_matrix_path(target);
  status_ = 0;
  request_bytes_ = 0;
  own_bytes_ = 0;
  owner_ = {};
  begun_ = context_.loop.now();
  context_.request_ids.next(id_);
  if (logged_) *logged_ = {};
}

void Exchange::note_for_log(const RequestHead& head) {
  if (!logged_) logged_ = std::make_unique<Logged>();
  logged_->method = head.method_text;
  logged_->host = head.authority;
  logged_->target = head.target;
  const auto traceparent = traceparent_of(head);
  logged_->traced = !traceparent.empty();
  std::copy(traceparent.begin(), traceparent.end(), logged_->traceparent.begin());
}

void Exchange::start(const RequestHead& head, std::string_view piece, bool end) {
  begin(head.method, head.target);
  request_bytes_ = piece.size();
  config_ = context_.config;
  if (context_.access_log) note_for_log(head);
  route(head, piece, end);
}

void Exchange::refuse(int status, std::string_view reason, std::string_view target) {
  begin(Method::other, target);
  answer(bad_request_response(status, reason, request()));
}

void Exchange::route(const RequestHead& head, std::string_view piece, bool end) {
  if (head.target == "*") return answer(options_response(request()));
  static thread_local std::string scratch;
  const std::string_view host = routing::normalize_host(head.authority, scratch);
  if (host.empty()) return answer_error(ProxyError::unknown_host);
  if (!client_.may_ask_for(host)) return answer_error(ProxyError::misdirected);
  const api::Listener listener = client_.client().listener;
  // The absolute form may leave the path out (RFC 9112 3.2.1).
  const std::string_view path = head.target.starts_with('/') ? head.target : "/";
  const routing::Match match = config_->router.match(listener, host, path);
  owner_ = match.owner;
  switch (match.kind) {
    case routing::Match::Kind::no_host:
      return answer_error(ProxyError::unknown_host);
    case routing::Match::Kind::no_route:
      return answer_error(ProxyError::no_route);
    case routing::Match::Kind::escapes:
      return answer(bad_request_response(400, "the path leads out of its route", request()));
    case routing::Match::Kind::redirect_to_https:
      return redirect(head);
    case routing::Match::Kind::route:
      break;
  }
  if (match.answer != nullptr) return answer(fixed_response(*match.answer, request()));
  if (match.refusal != nullptr) return answer(refusal_response(*match.refusal, request()));
  pass(head, *match.proxy, piece, end);
}

void Exchange::redirect(const RequestHead& head) {
  const auto response =
      redirect_response(head.authority, head.target, context_.options.https_redirect_port, request());
  // It repeats the target: what just fitted a request may not fit a response.
  if (response.head_text.size() > kMaxHeadSize)
    return answer(bad_request_response(431, "request target too long to redirect", request()));
  answer(response);
}

void Exchange::pass(const RequestHead& head, const api::ProxyTo& proxy, std::string_view piece, bool end) {
  const auto* cluster = config_->clusters.find(proxy.cluster);
  if (cluster == nullptr) return answer_error(ProxyError::no_endpoints);
  proxied_ = true;
  RequestTail tail;
  compose_request_tail(head, client_.client(), id_, tail);
  net::Gather gathered;
  gather_request(head, tail, gathered);
  proxy_.start(head, **cluster, gathered, piece, end);
}

void Exchange::answer(const OwnResponse& response) {
  ResponseHead head;
  const HeadFault fault = parse_response_head(response.head_text, head);
  PALPO_CHECK(!fault);
  if (response.body.empty()) head.body = {};
  status_ = head.status;
  own_bytes_ = response.body.size();
  client_.send_head(head, response.body, true);
  report(telemetry::Ending::complete);
  client_.finished();
}

void Exchange::answer_error(ProxyError error) { answer(error_response(error, request())); }

void Exchange::on_request_body(std::string_view piece, bool end) {
  request_bytes_ += piece.size();
  if (proxy_.active()) proxy_.on_request_body(piece, end);
}

// The request will not become whole.
void Exchange::give_up(const OwnResponse& response) {
  proxy_.cancel();
  if (status_ == 0) {
    answer(response);
  } else {
    on_proxy_aborted();
  }
}

void Exchange::on_malformed_body() {
  give_up(bad_request_response(400, "malformed chunked body", request()));
}

void Exchange::on_request_timeout() { give_up(error_response(ProxyError::request_timeout, request())); }

void Exchange::on_client_gone() {
  if (!active_) return;
  proxy_.cancel();
  report(telemetry::Ending::client_gone);
}

void Exchange::on_proxy_done() {
  report(telemetry::Ending::complete);
  client_.finished();
}

void Exchange::on_proxy_failed(ProxyError error) { answer_error(error); }

void Exchange::on_proxy_aborted() {
  report(telemetry::Ending::aborted);
  client_.abort();
}

void Exchange::report(telemetry::Ending ending) {
  active_ = false;
  const ClientInfo& client = client_.client();
  telemetry::Outcome outcome;
  outcome.listener = client.listener;
  outcome.status = status_;
  outcome.ending = ending;
  outcome.proxied = proxied_;
  outcome.long_wait = proxied_ && (proxy_.long_poll() || status_ == 101);
  outcome.retries = proxied_ ? proxy_.retries() : 0;
  outcome.request_bytes = request_bytes_;
  outcome.response_bytes = own_bytes_ + (proxied_ ? proxy_.response_bytes() : 0);
  outcome.duration = context_.loop.now() - begun_;
  outcome.owner = owner_;
  std::string upstream;
  if (context_.access_log) {
    outcome.peer = client.address;
    outcome.request_id = id_.text();
    if (logged_) {
      outcome.method = logged_->method;
      outcome.host = logged_->host;
      outcome.target = logged_->target;
      if (logged_->traced) outcome.traceparent = {logged_->traceparent.data(), logged_->traceparent.size()};
    }
    if (proxied_) upstream = proxy_.upstream();
    outcome.upstream = upstream;
    context_.access_log->add(outcome);
  }
  context_.metrics.record(outcome);
  config_.reset();
}

}  // namespace palpo::http
