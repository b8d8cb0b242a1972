// SPDX-License-Identifier: Apache-2.0
// How long a response head may take: long polls (/sync, /events, sliding sync) name their own wait in the
// query. Pure, any thread, no allocation.
#pragma once
#include <chrono>
#include <string_view>

namespace palpo::matrix {

struct ResponseWait {
  std::chrono::seconds until_head{60};  // from the end of the request to the response head
  bool long_poll = false;
};

// target: the raw request target. `timeout` (milliseconds) of a long poll, `timeout_ms` of a media download,
// are honoured up to 10 minutes, plus 30 s; initial syncs and remote joins, which compute or federate for
// minutes, get 300 s. No request gets less than the 60 s of ordinary ones.
ResponseWait response_wait(std::string_view target);

}  // namespace palpo::matrix
