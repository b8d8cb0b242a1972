// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/http1_codec.h"

#include <utility>

#include "dataplane/http/downstream_connection.h"
#include "dataplane/http/forward_headers.h"
#include "dataplane/http/response_tail.h"
#include "dataplane/message/head_parser.h"
#include "dataplane/message/head_text.h"

namespace palpo::http {

namespace {
// When a drain begins, the next request may be on its way over an idle connection; its answer says close.
constexpr std::chrono::seconds kLastRequest{1};

// Empty lines that are passed over before a request; RFC 9112 2.2 asks for one.
constexpr std::size_t kBlankLines = 8;
}  // namespace

Http1Codec::Http1Codec(WorkerContext& context, DownstreamConnection& wire)
    : context_(context), wire_(wire), exchange_(context, *this) {
  wire_.set_deadline(context_.options.timeouts.request_head);
}

// --- from the client

void Http1Codec::on_input(char* data, std::size_t size) {
  if (waiting_.empty()) {
    take(data, size);
    return;
  }
  if (waiting_at_ > 0) waiting_.erase(0, std::exchange(waiting_at_, 0));
  waiting_.append(data, size);
  if (reading_ == Reading::next) {
    if (waiting_.size() > context_.options.limits.pipelined) wire_.pause();
  } else {
    take_waiting();
  }
}

void Http1Codec::take_waiting() {
  std::string bytes = std::exchange(waiting_, {});
  const std::size_t from = std::exchange(waiting_at_, 0);
  taking_from_ = &bytes;
  take(bytes.data() + from, bytes.size() - from);
  taking_from_ = nullptr;
}

// What has waited before is not copied: a head may come byte by byte, and many requests in one piece.
void Http1Codec::keep_waiting(std::string_view rest) {
  if (taking_from_ == nullptr) {
    waiting_.assign(rest);
    return;
  }
  waiting_at_ = static_cast<std::size_t>(rest.data() - taking_from_->data());
  waiting_.swap(*taking_from_);
}

void Http1Codec::take(char* data, std::size_t size) {
  taking_ = true;
  while (size > 0 && !wire_.closed() && reading_ != Reading::nothing) {
    std::size_t used = size;
    const bool slow_client =
        reading_ == Reading::head && !wire_.drained();  // it takes the last response first
    switch (slow_client ? Reading::next : reading_) {
      case Reading::head:
        used = take_head(data, size);
        break;
      case Reading::body:
        used = take_body(data, size);
        break;
      case Reading::next:
        keep_waiting({data, size});
        break;
      case Reading::tunnel:
        exchange_.on_request_body({data, size}, false);
        break;
      case Reading::nothing:
        break;
    }
    data += used;
    size -= used;
  }
  taking_ = false;
}

void Http1Codec::wait_for_more_head(std::string_view begun, std::size_t searched) {
  if (begun.size() > kMaxHeadSize) return refuse(431, "request head too large", target_of_bad_head(begun));
  if (has_bare_line_feed(begun, searched)) return refuse(400, "malformed head", target_of_bad_head(begun));
  searched_ = begun.size();
  keep_waiting(begun);
  if (!std::exchange(head_begun_, true)) wire_.set_deadline(context_.options.timeouts.request_head);
}

std::size_t Http1Codec::take_head(char* data, std::size_t size) {
  std::size_t blank = 0;
  while (blank + 1 < size && data[blank] == '\r' && data[blank + 1] == '\n') blank += 2;
  blank_lines_ += blank / 2;
  if (blank_lines_ > kBlankLines) {
    refuse(400, "empty lines instead of a request", {});
    return size;
  }
  if (size == blank) {
    head_begun_ = false;
    searched_ = 0;
    return size;
  }
  wire_.mark_idle(false);
  const std::string_view bytes(data + blank, size - blank);
  const std::size_t searched = searched_ > blank ? searched_ - blank : 0;
  const std::size_t head_size = find_head_end(bytes, searched);
  if (head_size == 0) {
    wait_for_more_head(bytes, searched);
    return size;
  }
  blank_lines_ = 0;
  searched_ = 0;
  head_begun_ = false;
  RequestHead head;
  if (const HeadFault fault = parse_request_head(bytes.substr(0, head_size), head)) {
    refuse(fault.status, fault.reason, target_of_bad_head(bytes));
    return size;
  }
  http_11_ = head.http_11;
  keep_alive_ = head.keep_alive;
  chunking_ = tunnel_ = false;
  body_.begin(head.body);
  std::size_t used = blank + head_size;
  BodyReader::Piece piece;
  if (!body_.done() && used < size) piece = body_.take(data + used, size - used);
  if (piece.bad) {
    refuse(400, "malformed chunked body", head.target);
    return size;
  }
  used += piece.used;
  reading_ = body_.done() ? Reading::next : Reading::body;
  arm();
  exchange_.start(head, piece.data, body_.done());
  return used;
}

std::size_t Http1Codec::take_body(char* data, std::size_t size) {
  const BodyReader::Piece piece = body_.take(data, size);
  if (piece.bad) {
    keep_alive_ = false;
    reading_ = Reading::nothing;
    if (exchange_.active()) {
      exchange_.on_malformed_body();
    } else {
      wire_.reset_connection();
    }
    return size;
  }
  if (body_.done()) reading_ = Reading::next;
  arm();
  exchange_.on_request_body(piece.data, body_.done());
  return piece.used;
}

// While an exchange runs: is it the client whom we wait for?
void Http1Codec::arm() {
  if (!wire_.drained() || (reading_ == Reading::body && !wire_.paused())) {
    wire_.set_deadline(context_.options.timeouts.client_idle);
  } else {
    wire_.clear_deadline();
  }
}

void Http1Codec::refuse(int status, std::string_view reason, std::string_view target) {
  http_11_ = true;
  keep_alive_ = false;
  chunking_ = tunnel_ = false;
  reading_ = Reading::nothing;
  exchange_.refuse(status, reason, target);
}

void Http1Codec::on_end(bool broken) {
  if (reading_ == Reading::tunnel && !broken) {
    reading_ = Reading::nothing;
    exchange_.on_request_body({}, true);
    return;
  }
  exchange_.on_client_gone();
  wire_.close_connection();
}

void Http1Codec::on_deadline() {
  if (!wire_.drained()) {  // the client takes nothing
    exchange_.on_client_gone();
    wire_.reset_connection();
  } else if (exchange_.active()) {
    exchange_.on_request_timeout();
  } else if (head_begun_) {
    refuse(408, "the request did not arrive in time",
           target_of_bad_head(std::string_view(waiting_).substr(waiting_at_)));
  } else {
    wire_.close_connection();
  }
}

void Http1Codec::begin_drain() {
  if (exchange_.active()) {
    keep_alive_ = false;
  } else if (!wire_.drained()) {
    wire_.finish(false);
  } else if (!head_begun_) {
    wire_.set_deadline(kLastRequest);
  }
}

bool Http1Codec::cancel() {
  const bool cut = exchange_.response_begun() && !tunnel_;  // a tunnel may end at any time
  exchange_.on_client_gone();
  return cut;
}

// --- to the client

const ClientInfo& Http1Codec::client() const { return wire_.info(); }

bool Http1Codec::may_ask_for(std::string_view host) { return wire_.may_ask_for(host); }

ClientSide::Flow Http1Codec::push(const net::Gather& out) {
  wire_.send(out);
  if (wire_.drained()) return Flow::go;
  arm();
  return Flow::wait;
}

void Http1Codec::send_interim(const ResponseHead& head) {
  if (!http_11_) return;
  net::Gather out;
  gather_response(head, "\r\n", out);
  push(out);
}

namespace {

using ChunkHeader = TextBuffer<24>;

void gather_chunk(std::string_view piece, bool end, ChunkHeader& header, net::Gather& out) {
  if (!piece.empty()) {
    header.add_hex(piece.size());
    header.add("\r\n");
    out.add(header.view());
    out.add(piece);
    out.add("\r\n");
  }
  if (end) out.add("0\r\n\r\n");
}

}  // namespace

ClientSide::Flow Http1Codec::send_head(const ResponseHead& head, std::string_view piece, bool end) {
  const bool unsized = head.body.kind == BodyKind::chunked || head.body.kind == BodyKind::until_end;
  tunnel_ = head.status == 101;
  chunking_ = unsized && http_11_;
  // A client that still sends its request is told to stop, and a body without an end of its own ends the
  // connection.
  if (context_.draining || reading_ != Reading::next || (unsized && !chunking_)) keep_alive_ = false;
  TailKind tail = TailKind::plain;
  if (tunnel_) {
    tail = TailKind::tunnel;
  } else if (!keep_alive_) {
    tail = chunking_ ? TailKind::close_chunked : TailKind::close;
  } else if (chunking_) {
    tail = TailKind::chunked;
  } else if (!http_11_) {
    tail = TailKind::keep_alive;
  }
  net::Gather out;
  gather_response(head, response_tail(tail, head.has_server || !context_.options.server_header), out);
  ChunkHeader chunk;
  if (chunking_) {
    gather_chunk(piece, end, chunk, out);
  } else {
    out.add(piece);
  }
  if (tunnel_) {
    reading_ = Reading::tunnel;
    if (wire_.paused()) wire_.resume();  // it may have sent more ahead than is kept
    wire_.again();                       // what the client sent ahead
  }
  return push(out);
}

ClientSide::Flow Http1Codec::send_body(std::string_view piece, bool end) {
  net::Gather out;
  ChunkHeader chunk;
  if (chunking_) {
    gather_chunk(piece, end, chunk, out);
  } else {
    out.add(piece);
  }
  return push(out);
}

void Http1Codec::abort() {
  reading_ = Reading::nothing;
  wire_.reset_connection();
}

void Http1Codec::pause_request() {
  wire_.pause();
  arm();  // the client is not to blame
}

void Http1Codec::resume_request() {
  wire_.resume();
  arm();
}

void Http1Codec::finished() {
  if (tunnel_ || !keep_alive_) {
    // Unread bytes would make the kernel reset the connection under the answer.
    const bool unread = reading_ == Reading::body || reading_ == Reading::nothing || !waiting_.empty();
    reading_ = Reading::nothing;
    wire_.finish(!tunnel_ && unread);
    return;
  }
  reading_ = Reading::head;
  if (wire_.drained()) {
    next_request();
  } else {
    wire_.set_deadline(context_.options.timeouts.client_idle);
    wire_.pause();  // until the client has taken this response
  }
}

void Http1Codec::next_request() {
  wire_.set_deadline(context_.options.timeouts.keep_alive);
  if (waiting_.empty()) wire_.mark_idle(true);
  if (wire_.paused()) wire_.resume();
  if (!waiting_.empty() && !taking_) wire_.again();
}

void Http1Codec::on_drained() {
  if (exchange_.active()) {
    arm();
    exchange_.on_client_drained();
  } else if (head_begun_) {
    wire_.set_deadline(context_.options.timeouts.request_head);
  } else if (reading_ == Reading::head) {
    next_request();
  }
}

void Http1Codec::on_some_sent() {
  if (!wire_.drained()) wire_.set_deadline(context_.options.timeouts.client_idle);
}

void Http1Codec::on_turn() {
  const bool may_go_on = reading_ == Reading::tunnel || (reading_ == Reading::head && wire_.drained());
  if (may_go_on && !head_begun_ && !waiting_.empty()) take_waiting();
}

}  // namespace palpo::http
