// SPDX-License-Identifier: Apache-2.0
// Messages on their way through: the original bytes without the lines that must not go on, and what the proxy
// adds. Pure. The gathered ranges point into the head and the tail.
#pragma once
#include <cstddef>
#include <string_view>

#include "dataplane/http/client_stream.h"
#include "dataplane/http/request_id.h"
#include "dataplane/message/head.h"
#include "dataplane/message/text_buffer.h"
#include "dataplane/net/gather.h"

namespace palpo::http {

// The lines added to a request, and the empty one.
using RequestTail = TextBuffer<1024>;
void compose_request_tail(const RequestHead& head, const ClientInfo& client, const RequestId& id,
                          RequestTail& tail);
void gather_request(const RequestHead& head, const RequestTail& tail, net::Gather& out);

using ChunkHeader = TextBuffer<24>;
// The piece in the chunked coding. The chunk's size lives in `header`.
void gather_chunk(std::string_view piece, bool end, ChunkHeader& header, net::Gather& out);

// tail: the lines added, with the empty one.
void gather_response(const ResponseHead& head, std::string_view tail, net::Gather& out);

}  // namespace palpo::http
