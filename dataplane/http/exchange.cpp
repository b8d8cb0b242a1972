// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/exchange.h"

#include <algorithm>
#include <utility>

#include "dataplane/matrix/endpoint_class.h"

namespace palpo::http {

// --- the request

void Exchange::begin(Method method, bool request_ended) {
  active_ = true;
  proxied_ = false;
  request_ended_ = request_ended;
  upstream_slow_ = false;
  method_ = method;
  status_ = 0;
  request_bytes_ = 0;
  own_bytes_ = 0;
  begun_ = shared_.timers.now();
  shared_.request_ids.next(id_);
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
  begin(head.method, end);
  request_bytes_ = piece.size();
  config_ = shared_.config;
  if (shared_.access_log) note_for_log(head);
  const Routed routed = route(head);
  arm();
  act(head, routed, piece, end);
}

void Exchange::refuse(int status, std::string_view reason, std::string_view target) {
  begin(Method::other, true);
  config_ = shared_.config;
  policy_ = compose_policy(config_->settings->value, nullptr, matrix::endpoint_class(target), Method::other);
  answer(bad_request_response(status, reason, request()));
}

routing::Match Exchange::match(const RequestHead& head, std::optional<ProxyError>& error) const {
  static thread_local std::string scratch;
  const std::string_view host = routing::normalize_host(head.authority, scratch);
  if (host.empty()) {
    error = ProxyError::unknown_host;
    return {};
  }
  if (!stream_.may_ask_for(host)) {
    error = ProxyError::misdirected;
    return {};
  }
  // The absolute form may leave the path out (RFC 9112 3.2.1).
  const std::string_view path = head.target.starts_with('/') ? head.target : "/";
  const routing::Match match = config_->router.match(stream_.client().listener, host, path);
  if (match.kind == routing::Match::Kind::no_host) error = ProxyError::unknown_host;
  if (match.kind == routing::Match::Kind::no_route) error = ProxyError::no_route;
  return match;
}

Exchange::Routed Exchange::route(const RequestHead& head) {
  Routed routed;
  if (head.target != "*") routed.match = match(head, routed.error);
  policy_ = compose_policy(config_->settings->value, routed.match.route, matrix::endpoint_class(head.target),
                           head.method);
  if (head.body.kind == BodyKind::sized && policy_.max_body != 0 && head.body.size > policy_.max_body)
    routed.error = ProxyError::request_too_large;
  return routed;
}

void Exchange::act(const RequestHead& head, const Routed& routed, std::string_view piece, bool end) {
  if (head.target == "*") return answer(options_response(request()));
  if (routed.error) return answer_error(*routed.error);
  const routing::Match& match = routed.match;
  if (match.kind == routing::Match::Kind::escapes)
    return answer(bad_request_response(400, "the path leads out of its route", request()));
  if (match.kind == routing::Match::Kind::redirect_to_https) return redirect(head);
  if (match.answer != nullptr) return answer(fixed_response(*match.answer, request()));
  if (match.refusal != nullptr) return answer(refusal_response(*match.refusal, request()));
  pass(head, *match.proxy, piece, end);
}

void Exchange::redirect(const RequestHead& head) {
  const auto response =
      redirect_response(head.authority, head.target, shared_.options.https_redirect_port, request());
  // It repeats the target: what just fitted a request may not fit a response.
  if (response.text.size() > kMaxHeadSize)
    return answer(bad_request_response(431, "request target too long to redirect", request()));
  answer(response);
}

void Exchange::pass(const RequestHead& head, const api::ProxyTo& proxy, std::string_view piece, bool end) {
  const auto* cluster = config_->clusters.find(proxy.cluster);
  if (cluster == nullptr) return answer_error(ProxyError::no_endpoints);
  if (too_large()) return answer_error(ProxyError::request_too_large);
  proxied_ = true;
  proxy_.start(head, stream_.client(), id_, **cluster, policy_, piece, end);
}

void Exchange::on_request_body(std::string_view piece, bool end) {
  request_bytes_ += piece.size();
  if (end) request_ended_ = true;
  if (!active_) return;
  arm();
  if (too_large() && status_ == 0) return give_up(error_response(ProxyError::request_too_large, request()));
  if (proxy_.active()) proxy_.on_request_body(piece, end);
}

void Exchange::on_upstream_slow() {
  upstream_slow_ = true;
  stream_.pause_request();
  arm();
}

void Exchange::on_upstream_ready() {
  upstream_slow_ = false;
  stream_.resume_request();
  arm();
}

// --- the response

Flow Exchange::on_response(const ResponseHead& head, std::string_view piece, bool end) {
  status_ = head.status;
  const Flow flow = stream_.send_head(head, piece, end);
  if (flow == Flow::wait) arm();
  return flow;
}

Flow Exchange::on_response_body(std::string_view piece, bool end) {
  const Flow flow = stream_.send_body(piece, end);
  if (flow == Flow::wait) arm();
  return flow;
}

void Exchange::on_client_drained() {
  arm();
  proxy_.on_client_drained();
}

void Exchange::answer(const OwnResponse& response) {
  status_ = response.head.status;
  own_bytes_ = response.body.size();
  stream_.send_head(response.head, response.body, true);
  report(telemetry::Ending::complete);
  stream_.finished();
}

// --- the end

// Is it the client whom we wait for?
void Exchange::arm() {
  if (!stream_.drained() || (!request_ended_ && !upstream_slow_)) {
    shared_.timers.set(*this, policy_.client_idle);
  } else {
    shared_.timers.clear(*this);
  }
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

void Exchange::on_deadline() {
  if (stream_.drained()) return give_up(error_response(ProxyError::request_timeout, request()));
  on_client_gone();  // it takes nothing
  stream_.abort();
}

void Exchange::on_client_gone() {
  if (!active_) return;
  proxy_.cancel();
  report(telemetry::Ending::client_gone);
}

void Exchange::on_proxy_done() {
  report(telemetry::Ending::complete);
  stream_.finished();
}

void Exchange::on_proxy_aborted() {
  report(telemetry::Ending::aborted);
  stream_.abort();
}

void Exchange::report(telemetry::Ending ending) {
  active_ = false;
  shared_.timers.clear(*this);
  telemetry::Outcome outcome;
  outcome.listener = stream_.client().listener;
  outcome.status = status_;
  outcome.ending = ending;
  outcome.long_wait = proxied_ && (policy_.long_poll || status_ == 101);
  outcome.retries = proxied_ ? proxy_.retries() : 0;
  outcome.request_bytes = request_bytes_;
  outcome.response_bytes = own_bytes_ + (proxied_ ? proxy_.response_bytes() : 0);
  outcome.duration = shared_.timers.now() - begun_;
  outcome.owner = policy_.owner;
  std::string upstream;
  if (shared_.access_log) {
    outcome.peer = stream_.client().address;
    outcome.request_id = id_.text();
    if (logged_) {
      outcome.method = logged_->method;
      outcome.host = logged_->host;
      outcome.target = logged_->target;
      if (logged_->traced) outcome.traceparent = {logged_->traceparent.data(), logged_->traceparent.size()};
    }
    if (proxied_) upstream = proxy_.endpoint();
    outcome.upstream = upstream;
    shared_.access_log->add(outcome);
  }
  shared_.metrics.record(outcome);
  config_.reset();
  policy_.owner = {};
}

}  // namespace palpo::http
