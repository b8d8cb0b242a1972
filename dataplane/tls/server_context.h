// SPDX-License-Identifier: Apache-2.0
// One SSL_CTX a certificate, with the settings every TLS listener shares. Owner of OpenSSL's context API.
// Contexts are made on the configuration thread and used by all workers (reference counted by OpenSSL).
#pragma once
#include <openssl/ssl.h>

#include <memory>

#include "base/result.h"
#include "dataplane/api/model.h"
#include "dataplane/tls/ticket_keys.h"

namespace palpo::tls {

using ContextPtr = std::shared_ptr<SSL_CTX>;

// TLS 1.2 and 1.3, key exchange by X25519MLKEM768 where OpenSSL has it, X25519, P-256 or P-384, one ticket,
// AES-128-GCM preferred, buffers released when idle, ALPN http/1.1 (the list is one constant, HTTP/2 is added
// there). Errors name the certificate and say what is wrong with it. A ticket resumes only under the
// certificate name it was made under (the session id context), provided that the context is chosen before
// OpenSSL looks at the ticket: in the client hello callback, not in the server name one.
Result<ContextPtr> make_server_context(const api::Certificate& certificate, const api::PrivateKey& key,
                                       std::shared_ptr<TicketKeys> tickets);

// A fresh self-signed P-256 certificate, for clients that name no host we know while no default one is
// configured.
Result<ContextPtr> make_self_signed_context(std::shared_ptr<TicketKeys> tickets);

// Without a certificate: where a connection begins until its hello has named a host. The same settings
// otherwise, because OpenSSL takes ciphers, options and modes from the context a connection began with.
ContextPtr make_hello_context(std::shared_ptr<TicketKeys> tickets);

}  // namespace palpo::tls
