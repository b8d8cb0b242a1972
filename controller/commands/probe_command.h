// SPDX-License-Identifier: Apache-2.0
// `probe HOST`: asks the ingress for HOST as a client would, at each of its ports, until it is served or time
// is up, and prints what was seen. `helm test` runs it; so may anybody. Blocks, on the calling thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "dataplane/api/model.h"

namespace palpo::commands {

struct ProbePort {
  api::Listener listener;
  std::uint16_t port;
  std::string connect{};  // in place of ProbeOptions.connect; empty: that
};

struct ProbeOptions {
  std::string host;     // of the requests: a server name, or a homeserver's host
  std::string connect;  // where they are sent: a name or an address; empty: host
  std::string ca_file;  // that the certificate must come from; empty: the system's
  std::string text;     // that the client's well-known document must hold; empty: any
  std::vector<ProbePort> ports{
      {api::Listener::http, 80}, {api::Listener::https, 443}, {api::Listener::federation, 8448}};
  std::chrono::milliseconds timeout{60000};  // for all ports together
};

// The exit code: 0 every port answered as it should, 1 one did not in time.
int probe(const ProbeOptions& options, std::ostream& out, std::ostream& err);

}  // namespace palpo::commands
