// SPDX-License-Identifier: Apache-2.0
// Every rule that keeps two servers from reading one message differently: framing, Connection, targets,
// authorities. Works on heads whose parts are known. Pure, any thread.
#pragma once
#include <string_view>

#include "dataplane/message/head.h"

namespace palpo::http {

struct HeadFault {
  int status = 0;  // to answer with: 400, 405, 431; 0: none. Of a response: 502
  const char* reason = nullptr;
  explicit operator bool() const { return status != 0; }
};

// One framing, written in the one way that every server reads alike. `nothing_said`: what it is without a
// field.
HeadFault read_framing(const Head& head, BodyKind nothing_said, Framing& framing);

// Cuts the fields that Connection names, except those that frame or route the message.
HeadFault apply_connection(Head& head, bool& upgrade);

// The method and the form of the target; of an absolute form, the authority is taken and the Host field cut.
HeadFault check_target(RequestHead& head);

// "host" or "host:port", where host is a name, an IPv4 address or an IPv6 literal in brackets.
bool is_authority(std::string_view text);

void cut_all(Head& head, FieldKind kind);

}  // namespace palpo::http
