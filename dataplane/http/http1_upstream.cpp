// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/http1_upstream.h"

#include <utility>

#include "base/log.h"
#include "dataplane/message/head_parser.h"
#include "dataplane/message/head_text.h"

namespace palpo::http {

namespace {

// The piece as it goes upstream.
void gather_piece(bool chunked, std::string_view piece, bool end, ChunkHeader& header, net::Gather& out) {
  if (chunked) {
    gather_chunk(piece, end, header, out);
  } else {
    out.add(piece);
  }
}

}  // namespace

// --- the request

void Http1Upstream::begin(const RequestHead& head, const ClientInfo& client, const RequestId& id,
                          const RequestPolicy& policy, std::string_view body, bool end, Outgoing& out) {
  policy_ = &policy;
  head_request_ = head.method == Method::head;
  wants_websocket_ = head.wants_websocket;
  chunked_request_ = head.body.kind == BodyKind::chunked;
  request_ended_ = end;
  request_held_ = false;
  kept_.forget();
  interims_ = 0;
  response_bytes_ = 0;
  compose_request_tail(head, client, id, out.tail);
  gather_request(head, out.tail, out.bytes);
  if (head.body.kind != BodyKind::none) gather_piece(chunked_request_, body, end, out.chunk, out.bytes);
}

bool Http1Upstream::send(upstream::ConnectionPtr idle, const Outgoing& request) {
  // Asked just before the request goes out: the loop may not have come to what the kernel has got since.
  if (idle->quiet() != upstream::Connection::Quiet::yes) return false;
  idle->attach(*this);
  const net::Sent sent = idle->send(request.bytes);
  if (sent == net::Sent::failed) return false;
  connection_ = std::move(idle);
  state_ = State::waiting;
  if (policy_->repeatable && request.bytes.size() <= policy_->kept_request) kept_.begin(request.bytes);
  after_send(sent);
  return true;
}

void Http1Upstream::send_when_connected(upstream::ConnectionPtr dialed, const Outgoing& request) {
  kept_.begin(request.bytes);
  state_ = State::dialing;
  connection_ = std::move(dialed);
  if (kept_too_much() && !request_ended_) hold_request();
}

void Http1Upstream::hold_request() {
  if (!std::exchange(request_held_, true)) sink_.on_upstream_slow();
}

void Http1Upstream::release_request() {
  if (std::exchange(request_held_, false)) sink_.on_upstream_ready();
}

void Http1Upstream::on_upstream_connected() {
  if (const auto quiet = connection_->quiet(); quiet != upstream::Connection::Quiet::yes) {
    let_go(false);
    return owner_.on_unsent(quiet == upstream::Connection::Quiet::spoke ? ProxyError::bad_response
                                                                        : ProxyError::upstream_closed);
  }
  state_ = State::waiting;
  net::Gather request;
  kept_.gather(request);
  const net::Sent sent = connection_->send(request);
  kept_.forget();
  after_send(sent);
}

void Http1Upstream::on_upstream_unreachable(const std::string& reason) {
  log_debug("upstream.unreachable", "connecting to an endpoint failed",
            {{"endpoint", owner_.endpoint()}, {"reason", reason}});
  let_go(false);
  owner_.on_unsent(ProxyError::unreachable);
}

void Http1Upstream::after_send(net::Sent sent) {
  if (!request_ended_) {
    if (sent == net::Sent::queued) hold_request();
    if (sent == net::Sent::all) release_request();
  }
  arm();
}

// Whom we wait for: the upstream to take what is queued, or to answer a request that is whole; else the
// client.
void Http1Upstream::arm() {
  if (!connection_->drained() || (state_ == State::body && !connection_->paused())) {
    connection_->set_deadline(policy_->upstream_idle);
  } else if (state_ == State::waiting && request_ended_) {
    connection_->set_deadline(policy_->response_head);
  } else if (state_ == State::tunnel) {
    connection_->set_deadline(policy_->tunnel_idle);
  } else {
    connection_->clear_deadline();
  }
}

void Http1Upstream::on_request_body(std::string_view piece, bool end) {
  if (end) request_ended_ = true;
  ChunkHeader chunk;
  net::Gather out;
  if (state_ == State::tunnel) {
    out.add(piece);
    if (!piece.empty()) after_send(connection_->send(out));
    if (end) connection_->end_writing();
    return;
  }
  gather_piece(chunked_request_, piece, end, chunk, out);
  if (kept_.whole() && state_ == State::waiting && kept_.size() + out.size() > policy_->kept_request)
    kept_.forget();
  if (kept_.whole()) kept_.append(out);
  if (state_ == State::dialing) {
    if (!end && kept_too_much()) hold_request();
  } else if (out.size() == 0) {
    arm();
  } else {
    after_send(connection_->send(out));
  }
}

void Http1Upstream::on_upstream_sent(bool all) {
  if (all) release_request();
  arm();
}

void Http1Upstream::on_client_drained() {
  if (!connection_ || !connection_->paused()) return;
  connection_->resume();
  arm();
}

// --- the response

void Http1Upstream::on_upstream_input(char* data, std::size_t size) {
  if (state_ == State::waiting) {
    take_head(data, size);
  } else if (state_ == State::tunnel) {
    response_bytes_ += size;
    hand_over(sink_.on_response_body({data, size}, false), false);
  } else {
    take_body(data, size);
  }
}

void Http1Upstream::take_head(char* data, std::size_t size) {
  std::string whole;
  if (!partial_.empty()) {
    partial_.append(data, size);
    whole.swap(partial_);
    data = whole.data();
    size = whole.size();
  }
  while (size > 0) {
    const std::size_t head_size = find_head_end({data, size}, searched_);
    searched_ = head_size == 0 ? size : 0;
    if (head_size == 0) {
      if (size > kMaxHeadSize) return fail(ProxyError::bad_response);
      if (data == whole.data()) {
        partial_.swap(whole);
      } else {
        partial_.assign(data, size);
      }
      return;
    }
    ResponseHead head;
    std::string completed;
    if (parse_response_head({data, head_size}, head)) {
      completed = with_complete_status_line({data, head_size});
      if (completed.empty() || parse_response_head(completed, head)) return fail(ProxyError::bad_response);
    }
    data += head_size;
    size -= head_size;
    // The homeserver has given up waiting for a next request, and the one that it now got is not what it
    // answers.
    if (head.status == 408 && connection_->reused()) {
      if (unanswered() && owner_.send_again()) return;
      if (request_ended_) return fail(ProxyError::upstream_closed);
    }
    if (head.status >= 200 || head.status == 101) return begin_response(head, data, size);
    if (++interims_ > policy_->interim_responses) return fail(ProxyError::bad_response);
    sink_.on_interim(head);
  }
}

void Http1Upstream::begin_tunnel(const ResponseHead& head, std::string_view rest) {
  if (!wants_websocket_ || !head.websocket) return fail(ProxyError::bad_response);
  state_ = State::tunnel;
  reusable_ = false;
  request_ended_ = false;
  response_bytes_ += rest.size();
  hand_over(sink_.on_response(head, rest, false), false);
}

void Http1Upstream::begin_response(ResponseHead& head, char* rest, std::size_t size) {
  kept_.forget();
  if (head.status == 101) return begin_tunnel(head, {rest, size});
  if (head_request_) head.body = {};
  reader_.begin(head.body);
  reusable_ = head.keep_alive && head.body.kind != BodyKind::until_end && head.status != 408;
  BodyReader::Piece piece;
  if (size > 0 && !reader_.done()) piece = reader_.take(rest, size);
  if (piece.bad) return fail(ProxyError::bad_response);
  if (piece.used < size) reusable_ = false;  // bytes that belong to no response
  state_ = State::body;
  response_bytes_ += piece.data.size();
  const bool end = reader_.done();
  hand_over(sink_.on_response(head, piece.data, end), end);
}

void Http1Upstream::take_body(char* data, std::size_t size) {
  const BodyReader::Piece piece = reader_.take(data, size);
  if (piece.bad) return break_off();
  if (piece.used < size) reusable_ = false;
  const bool end = reader_.done();
  response_bytes_ += piece.data.size();
  if (piece.data.empty() && !end) return arm();
  hand_over(sink_.on_response_body(piece.data, end), end);
}

void Http1Upstream::hand_over(Flow flow, bool end) {
  if (end) return complete();
  if (flow == Flow::wait) connection_->pause();
  arm();
}

// --- the end

bool Http1Upstream::unanswered() const {
  return state_ == State::waiting && kept_.whole() && policy_->repeatable && connection_->reused() &&
         partial_.empty() && interims_ == 0;
}

void Http1Upstream::on_upstream_end(bool broken) {
  if (unanswered() && owner_.send_again()) return;
  if (state_ == State::waiting) return fail(ProxyError::upstream_closed);
  if (state_ == State::tunnel || (reader_.kind() == BodyKind::until_end && !broken)) {
    reusable_ = false;
    sink_.on_response_body({}, true);
    return complete();
  }
  break_off();
}

void Http1Upstream::on_upstream_deadline() {
  if (state_ == State::waiting) return fail(ProxyError::response_timeout);
  break_off();
}

void Http1Upstream::complete() {
  let_go(reusable_ && request_ended_);
  state_ = State::idle;
  owner_.on_attempt_done();
}

void Http1Upstream::fail(ProxyError error) {
  log_debug("upstream.failed", answer_for(error).text, {{"endpoint", owner_.endpoint()}});
  cancel();
  owner_.on_attempt_failed(error);
}

void Http1Upstream::break_off() {
  cancel();
  owner_.on_attempt_broken();
}

void Http1Upstream::cancel() {
  let_go(false);
  kept_.forget();
  state_ = State::idle;
}

void Http1Upstream::let_go(bool reusable) {
  searched_ = 0;
  if (!partial_.empty()) std::string().swap(partial_);
  if (reusable) {
    upstream::give_back(std::move(connection_));
  } else {
    connection_.reset();
  }
}

}  // namespace palpo::http
