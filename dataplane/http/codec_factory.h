// SPDX-License-Identifier: Apache-2.0
// Which protocol a client speaks. A connection begins with the silent codec, and gets the one that is made
// here when its client has said something.
#pragma once
#include <memory>
#include <string_view>

#include "dataplane/http/client_wire.h"
#include "dataplane/http/downstream_codec.h"
#include "dataplane/http/exchange_shared.h"

namespace palpo::http {

std::unique_ptr<DownstreamCodec> make_silent_codec(ExchangeShared& shared, ClientWire& wire);

// chosen: by ALPN; empty: nothing was. first: the first plaintext bytes, at least one.
std::unique_ptr<DownstreamCodec> make_codec(std::string_view chosen, std::string_view first,
                                            ExchangeShared& shared, ClientWire& wire);

}  // namespace palpo::http
