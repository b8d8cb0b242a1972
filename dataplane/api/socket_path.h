// SPDX-License-Identifier: Apache-2.0
// The place of the socket in the file system, and who is at its other end. System calls that do not wait; any
// thread.
#pragma once
#include <string>

#include "base/result.h"
#include "dataplane/api/unix_stream.h"

namespace palpo::api {

// The directory is there, ours, and closed to others; no live socket stands at the path; a stale one is
// removed.
Result<void> prepare_socket_path(const std::string& path);

// A connected stream socket, non-blocking. The caller owns the descriptor.
Result<int> connect_unix_socket(const std::string& path);

// SO_PEERCRED. Another user's process is Error::forbidden.
Result<PeerIdentity> identify_peer(int socket);

}  // namespace palpo::api
