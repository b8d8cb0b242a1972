// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/forward_headers.h"

namespace palpo::http {

namespace {

void gather_lines(const Head& head, std::size_t from, net::Gather& out) {
  if (head.any_cut) {
    for (std::size_t i = 0; i < head.count; ++i) {
      const Field& field = head.fields[i];
      if (!field.cut) continue;
      out.add(head.text.substr(from, field.line - from));
      from = field.end;
    }
  }
  out.add(head.text.substr(from, head.text.size() - 2 - from));
}

}  // namespace

void compose_request_tail(const RequestHead& head, const ClientInfo& client, const RequestId& id,
                          RequestTail& tail) {
  if (head.absolute_form) {
    tail.add("Host: ");
    tail.add(head.authority);
    tail.add("\r\n");
  }
  if (head.body.kind == BodyKind::chunked) tail.add("Transfer-Encoding: chunked\r\n");
  if (head.wants_websocket) tail.add("Connection: Upgrade\r\nUpgrade: websocket\r\n");
  tail.add(client.forwarded_fields);
  tail.add("X-Forwarded-Host: ");
  tail.add(head.authority);
  tail.add("\r\nX-Request-Id: ");
  tail.add(id.text());
  tail.add("\r\n\r\n");
}

void gather_request(const RequestHead& head, const RequestTail& tail, net::Gather& out) {
  std::size_t from = 0;
  if (!head.http_11 || head.absolute_form) {
    out.add(head.text.substr(0, head.method_text.size() + 1));
    if (head.target.empty() || head.target.front() == '?') out.add("/");
    out.add(head.target);
    out.add(" HTTP/1.1\r\n");
    from = head.fields_begin;
  }
  gather_lines(head, from, out);
  out.add(tail.view());
}

void gather_chunk(std::string_view piece, bool end, ChunkHeader& header, net::Gather& out) {
  if (!piece.empty()) {
    header.clear();
    header.add_hex(piece.size());
    header.add("\r\n");
    out.add(header.view());
    out.add(piece);
    out.add(end ? "\r\n0\r\n\r\n" : "\r\n");
  } else if (end) {
    out.add("0\r\n\r\n");
  }
}

void gather_response(const ResponseHead& head, std::string_view tail, net::Gather& out) {
  std::size_t from = 0;
  if (!head.http_11) {
    out.add("HTTP/1.1 ");
    out.add(head.status_text);
    out.add("\r\n");
    from = head.fields_begin;
  }
  gather_lines(head, from, out);
  out.add(tail);
}

}  // namespace palpo::http
