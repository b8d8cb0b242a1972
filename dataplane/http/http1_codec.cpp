// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/http1_codec.h"

#include <utility>

#include "dataplane/message/head_parser.h"
#include "dataplane/message/head_text.h"

namespace palpo::http {

namespace {
// Empty lines that are passed over before a request; RFC 9112 2.2 asks for one.
constexpr std::size_t kBlankLines = 8;
}  // namespace

Http1Codec::Http1Codec(ExchangeShared& shared, ClientWire& wire)
    : shared_(shared), wire_(wire), draining_(shared.draining), exchange_(shared, *this) {}

// --- from the client

void Http1Codec::on_input(char* data, std::size_t size) {
  if (waiting_.empty()) {
    take(data, size);
    return;
  }
  waiting_.append(data, size);
  if (reading_ == Reading::next) {
    if (waiting_.size() > shared_.defaults().pipelined) wire_.pause();
  } else {
    take_waiting();
  }
}

void Http1Codec::take_waiting() {
  waiting_.give([this](char* data, std::size_t size) { take(data, size); });
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
        waiting_.keep({data, size});
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
  waiting_.keep(begun);
  if (!std::exchange(head_begun_, true)) wire_.set_deadline(shared_.defaults().request_head);
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
  response_.begin(head.http_11);
  keep_alive_ = head.keep_alive;
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
  wire_.clear_deadline();  // the exchange has its own
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
  exchange_.on_request_body(piece.data, body_.done());
  return piece.used;
}

void Http1Codec::refuse(int status, std::string_view reason, std::string_view target) {
  response_.begin(true);
  keep_alive_ = false;
  reading_ = Reading::nothing;
  wire_.clear_deadline();
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
  } else if (head_begun_) {
    refuse(408, "the request did not arrive in time", target_of_bad_head(waiting_.view()));
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
  const bool cut = exchange_.response_begun() && !response_.tunnel();  // a tunnel may end at any time
  exchange_.on_client_gone();
  return cut;
}

// --- to the client

Flow Http1Codec::push(const net::Gather& out) {
  wire_.send(out);
  return wire_.drained() ? Flow::go : Flow::wait;
}

void Http1Codec::send_interim(const ResponseHead& head) {
  net::Gather out;
  response_.gather_interim(head, out);
  push(out);
}

Flow Http1Codec::send_head(const ResponseHead& head, std::string_view piece, bool end) {
  // A client that still sends its request is told to stop, and a body without an end of its own ends the
  // connection.
  if (draining_ || reading_ != Reading::next || !response_.delimited(head.body)) keep_alive_ = false;
  net::Gather out;
  response_.gather_head(head, keep_alive_, head.has_server || !shared_.options.server_header, piece, end,
                        out);
  if (response_.tunnel()) {
    reading_ = Reading::tunnel;
    if (wire_.paused()) wire_.resume();  // it may have sent more ahead than is kept
    wire_.again();                       // what the client sent ahead
  }
  return push(out);
}

Flow Http1Codec::send_body(std::string_view piece, bool end) {
  net::Gather out;
  response_.gather_body(piece, end, out);
  return push(out);
}

void Http1Codec::abort() {
  reading_ = Reading::nothing;
  wire_.reset_connection();
}

void Http1Codec::finished() {
  if (response_.tunnel() || !keep_alive_) {
    // Unread bytes would make the kernel reset the connection under the answer.
    const bool unread = reading_ == Reading::body || reading_ == Reading::nothing || !waiting_.empty();
    reading_ = Reading::nothing;
    wire_.finish(!response_.tunnel() && unread);
    return;
  }
  reading_ = Reading::head;
  if (wire_.drained()) {
    next_request();
  } else {
    wire_.set_deadline(shared_.defaults().client_idle);
    wire_.pause();  // until the client has taken this response
  }
}

void Http1Codec::next_request() {
  wire_.set_deadline(shared_.defaults().keep_alive);
  if (waiting_.empty()) wire_.mark_idle(true);
  if (wire_.paused()) wire_.resume();
  if (!waiting_.empty() && !taking_) wire_.again();
}

void Http1Codec::on_drained() {
  if (exchange_.active()) {
    wire_.clear_deadline();  // of the connection's own records
    exchange_.on_client_drained();
  } else if (head_begun_) {
    wire_.set_deadline(shared_.defaults().request_head);
  } else if (reading_ == Reading::head) {
    next_request();
  }
}

void Http1Codec::on_some_sent() {
  if (exchange_.active()) {
    exchange_.on_client_progress();
  } else if (!wire_.drained()) {
    wire_.set_deadline(shared_.defaults().client_idle);
  }
}

void Http1Codec::on_turn() {
  const bool may_go_on = reading_ == Reading::tunnel || (reading_ == Reading::head && wire_.drained());
  if (may_go_on && !head_begun_ && !waiting_.empty()) take_waiting();
}

}  // namespace palpo::http
