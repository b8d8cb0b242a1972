// SPDX-License-Identifier: Apache-2.0
// Picks the certificate when the client's hello is in, before OpenSSL looks at a session ticket: a ticket is
// good for the certificate it was made under and no other. Called by OpenSSL on the worker's thread, within
// TlsSession::handshake().
#pragma once
#include <openssl/ssl.h>

#include <string>

#include "dataplane/tls/tls_table.h"

namespace palpo::tls {

// What a hello is answered from, and what it said. One per session.
struct Selection {
  const TlsTable* table = nullptr;  // the configuration's, for the time of a handshake step
  std::string server_name;          // lower case; empty: none was sent
};

// On the context that sessions begin with.
void install_sni_selector(SSL_CTX* context);
// Before the session's first step; `selection` outlives the session.
void attach_selection(SSL* ssl, Selection* selection);

}  // namespace palpo::tls
