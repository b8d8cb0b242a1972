// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/proxy_pass.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/net_address.h"
#include "dataplane/matrix/long_poll.h"
#include "dataplane/matrix/media.h"
#include "dataplane/message/head_parser.h"
#include "dataplane/message/head_text.h"
#include "dataplane/message/text_buffer.h"

namespace palpo::http {

namespace {

constexpr std::size_t kSmallRequest = 4096;  // a buffer up to that size is kept for the next request

using ChunkHeader = TextBuffer<24>;

// The piece as it goes upstream. The chunk's header lives in `header`.
void gather_piece(bool chunked, std::string_view piece, bool end, ChunkHeader& header, net::Gather& out) {
  if (!chunked) return out.add(piece);
  if (!piece.empty()) {
    header.add_hex(piece.size());
    header.add("\r\n");
    out.add(header.view());
    out.add(piece);
    out.add(end ? "\r\n0\r\n\r\n" : "\r\n");
  } else if (end) {
    out.add("0\r\n\r\n");
  }
}

}  // namespace

std::string ProxyPass::upstream() const {
  return endpoint_ == nullptr ? std::string() : NetAddress{endpoint_->address, endpoint_->port}.text();
}

void ProxyPass::start(const RequestHead& head, const config::RuntimeCluster& cluster, net::Gather& gathered,
                      std::string_view body, bool end) {
  head_request_ = head.method == Method::head;
  idempotent_ = head.idempotent() && !matrix::is_media(head.target);
  wants_websocket_ = head.wants_websocket;
  chunked_request_ = head.body.kind == BodyKind::chunked;
  request_ended_ = end;
  request_paused_ = false;
  keeping_ = false;
  interims_ = 0;
  stale_retries_ = 0;
  retries_ = 0;
  when_all_fail_ = ProxyError::unreachable;
  response_bytes_ = 0;
  const auto wait = matrix::response_wait(head.target);
  long_poll_ = wait.long_poll;
  response_wait_ =
      std::min<std::chrono::milliseconds>(wait.until_head, context_.options.timeouts.response_head);
  cluster_ = &cluster;
  endpoint_ = nullptr;
  ChunkHeader chunk;
  if (head.body.kind != BodyKind::none) gather_piece(chunked_request_, body, end, chunk, gathered);
  order_.begin(context_.balancer.first(&cluster, cluster.endpoints.size()), cluster.endpoints.size());
  try_endpoints(gathered);
}

void ProxyPass::try_endpoints(const net::Gather& request) {
  const auto avoided = [&](std::size_t index) {
    return context_.pools.avoided(cluster_->endpoints[index].id);
  };
  const auto index = order_.next(avoided);
  if (!index) {
    fail(cluster_->endpoints.empty() ? ProxyError::no_endpoints : when_all_fail_);
    return;
  }
  if (endpoint_ != nullptr) ++retries_;
  endpoint_ = &cluster_->endpoints[*index];
  upstream::EndpointPool& pool =
      context_.pools.of({endpoint_->id, endpoint_->address, endpoint_->port, endpoint_->is_name});
  if (!send_on_idle(pool, request)) dial(pool, request);
}

bool ProxyPass::send_on_idle(upstream::EndpointPool& pool, const net::Gather& request) {
  while (auto connection = pool.take_idle()) {
    // Asked just before the request goes out: the loop may not have come to what the kernel has got since.
    if (connection->quiet() == upstream::Connection::Quiet::yes) {
      connection->attach(*this);
      const auto sent = connection->send(request);
      if (sent != net::TcpStream::Sent::failed) {
        connection_ = std::move(connection);
        state_ = State::waiting;
        if (idempotent_ && request.size() <= context_.options.limits.kept_request) keep(request);
        after_send(sent);
        return true;
      }
    }
    pool.discard(std::move(connection));
  }
  return false;
}

void ProxyPass::dial(upstream::EndpointPool& pool, const net::Gather& request) {
  keep(request);
  state_ = State::dialing;
  connection_ = pool.dial(*this);
  if (kept_.size() > context_.options.limits.kept_request && !request_ended_ && !request_paused_) {
    request_paused_ = true;
    client_.pause_request();
  }
}

void ProxyPass::keep(const net::Gather& request) {
  if (std::exchange(keeping_, true)) return;  // the request came from there
  kept_.clear();
  request.append_to(kept_);
}

void ProxyPass::forget_kept() {
  keeping_ = false;
  if (kept_.capacity() > kSmallRequest) {
    std::string().swap(kept_);
  } else {
    kept_.clear();
  }
}

void ProxyPass::on_upstream_connected() {
  if (const auto quiet = connection_->quiet(); quiet != upstream::Connection::Quiet::yes) {
    when_all_fail_ =
        quiet == upstream::Connection::Quiet::spoke ? ProxyError::bad_response : ProxyError::upstream_closed;
    return try_elsewhere();
  }
  state_ = State::waiting;
  const auto sent = connection_->send(kept_.data(), kept_.size());
  forget_kept();
  after_send(sent);
}

void ProxyPass::on_upstream_unreachable(const std::string& reason) {
  log_debug("upstream.unreachable", "an endpoint cannot be reached",
            {{"endpoint", upstream()}, {"reason", reason}});
  try_elsewhere();
}

// Nothing was sent on this connection.
void ProxyPass::try_elsewhere() {
  let_go(false);
  net::Gather request;
  request.add(kept_);
  try_endpoints(request);
}

void ProxyPass::after_send(net::TcpStream::Sent sent) {
  if (request_ended_) {
    arm();
    return;
  }
  if (sent == net::TcpStream::Sent::queued && !request_paused_) {
    request_paused_ = true;
    client_.pause_request();
  } else if (sent == net::TcpStream::Sent::all && request_paused_) {
    request_paused_ = false;
    client_.resume_request();
  }
  arm();
}

// Whom we wait for: the upstream to take what is queued, or to answer a request that is whole; else the
// client.
void ProxyPass::arm() {
  const Timeouts& timeouts = context_.options.timeouts;
  if (!connection_->drained() || (state_ == State::body && !connection_->paused())) {
    connection_->set_deadline(timeouts.upstream_idle);
  } else if (state_ == State::waiting && request_ended_) {
    connection_->set_deadline(response_wait_);
  } else if (state_ == State::tunnel) {
    connection_->set_deadline(timeouts.tunnel_idle);
  } else {
    connection_->clear_deadline();
  }
}

void ProxyPass::on_request_body(std::string_view piece, bool end) {
  if (end) request_ended_ = true;
  if (state_ == State::tunnel) {
    if (!piece.empty()) after_send(connection_->send(piece.data(), piece.size()));
    if (end) connection_->end_writing();
    return;
  }
  ChunkHeader chunk;
  net::Gather out;
  gather_piece(chunked_request_, piece, end, chunk, out);
  if (keeping_ && state_ == State::waiting &&
      kept_.size() + out.size() > context_.options.limits.kept_request) {
    forget_kept();
  }
  if (keeping_) out.append_to(kept_);
  if (state_ == State::dialing) {
    if (!end && !request_paused_ && kept_.size() > context_.options.limits.kept_request) {
      request_paused_ = true;
      client_.pause_request();
    }
    return;
  }
  if (out.size() == 0) {
    arm();
    return;
  }
  after_send(connection_->send(out));
}

void ProxyPass::on_upstream_sent(bool all) {
  if (all && request_paused_) {
    request_paused_ = false;
    client_.resume_request();
  }
  arm();
}

void ProxyPass::on_client_drained() {
  if (!connection_ || !connection_->paused()) return;
  connection_->resume();
  arm();
}

void ProxyPass::on_upstream_input(char* data, std::size_t size) {
  if (state_ == State::waiting) {
    take_head(data, size);
  } else if (state_ == State::tunnel) {
    response_bytes_ += size;
    hand_over(client_.send_body({data, size}, false), false);
  } else {
    take_body(data, size);
  }
}

void ProxyPass::take_head(char* data, std::size_t size) {
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
    if (head.status == 408 && connection_->reused() && (request_ended_ || can_send_again()))
      return on_idle_timeout();
    if (head.status >= 200 || head.status == 101) return begin_response(head, data, size);
    if (++interims_ > context_.options.limits.interim_responses) return fail(ProxyError::bad_response);
    client_.send_interim(head);
  }
}

// The homeserver has given up waiting for a next request, and the one that it now got is not what it answers.
void ProxyPass::on_idle_timeout() {
  if (can_send_again()) return send_again();
  fail(ProxyError::upstream_closed);
}

void ProxyPass::begin_response(ResponseHead& head, char* rest, std::size_t size) {
  forget_kept();
  if (head.status == 101) {
    if (!wants_websocket_ || !head.websocket) return fail(ProxyError::bad_response);
    state_ = State::tunnel;
    keep_upstream_ = false;
    request_ended_ = false;
    owner_.on_response_begun(head.status);
    response_bytes_ += size;
    hand_over(client_.send_head(head, {rest, size}, false), false);
    return;
  }
  if (head_request_) head.body = {};
  reader_.begin(head.body);
  keep_upstream_ = head.keep_alive && head.body.kind != BodyKind::until_end && head.status != 408;
  BodyReader::Piece piece;
  if (size > 0 && !reader_.done()) piece = reader_.take(rest, size);
  if (piece.bad) return fail(ProxyError::bad_response);
  if (piece.used < size) keep_upstream_ = false;  // bytes that belong to no response
  state_ = State::body;
  response_bytes_ += piece.data.size();
  owner_.on_response_begun(head.status);
  const bool end = reader_.done();
  hand_over(client_.send_head(head, piece.data, end), end);
}

void ProxyPass::take_body(char* data, std::size_t size) {
  const BodyReader::Piece piece = reader_.take(data, size);
  if (piece.bad) return abort();
  if (piece.used < size) keep_upstream_ = false;
  const bool end = reader_.done();
  response_bytes_ += piece.data.size();
  if (piece.data.empty() && !end) return arm();
  hand_over(client_.send_body(piece.data, end), end);
}

void ProxyPass::hand_over(ClientSide::Flow flow, bool end) {
  if (end) return complete();
  if (flow == ClientSide::Flow::wait) connection_->pause();
  arm();
}

void ProxyPass::complete() {
  let_go(keep_upstream_ && request_ended_);
  state_ = State::idle;
  owner_.on_proxy_done();
}

bool ProxyPass::can_send_again() const {
  return state_ == State::waiting && keeping_ && idempotent_ && connection_->reused() && partial_.empty() &&
         interims_ == 0 && stale_retries_ == 0;
}

void ProxyPass::send_again() {
  ++stale_retries_;
  ++retries_;
  context_.metrics.upstream_retries.add();
  upstream::EndpointPool& pool = connection_->pool();
  let_go(false);
  net::Gather request;
  request.add(kept_);
  dial(pool, request);
}

void ProxyPass::on_upstream_end(bool broken) {
  if (can_send_again()) return send_again();
  if (state_ == State::waiting) return fail(ProxyError::upstream_closed);
  if (state_ == State::tunnel || (reader_.kind() == BodyKind::until_end && !broken)) {
    keep_upstream_ = false;
    client_.send_body({}, true);
    return complete();
  }
  abort();
}

void ProxyPass::on_upstream_deadline() {
  if (state_ == State::waiting) return fail(ProxyError::response_timeout);
  abort();
}

void ProxyPass::fail(ProxyError error) {
  log_debug("upstream.failed", answer_for(error).text, {{"endpoint", upstream()}});
  cancel();
  owner_.on_proxy_failed(error);
}

void ProxyPass::abort() {
  cancel();
  owner_.on_proxy_aborted();
}

void ProxyPass::cancel() {
  if (connection_) let_go(false);
  forget_kept();
  state_ = State::idle;
}

void ProxyPass::let_go(bool reusable) {
  searched_ = 0;
  if (!partial_.empty()) std::string().swap(partial_);
  upstream::EndpointPool& pool = connection_->pool();
  if (reusable) {
    pool.give_back(std::move(connection_));
  } else {
    pool.discard(std::move(connection_));
  }
}

}  // namespace palpo::http
