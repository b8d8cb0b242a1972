// SPDX-License-Identifier: Apache-2.0
// One SSL_CTX a certificate, with the settings every TLS listener shares. Owner of OpenSSL's context API. Contexts are
// made on the configuration thread and used by all workers (reference counted by OpenSSL).
#pragma once
#include <memory>

#include <openssl/ssl.h>

#include "base/result.h"
#include "dataplane/api/model.h"

namespace palpo::tls {

using ContextPtr = std::shared_ptr<SSL_CTX>;

// Ticket keys shared by every context of the process, so that a session resumes whatever worker or host certificate
// it meets. Rotated by the owner; thread-safe inside.
class TicketKeys;
std::shared_ptr<TicketKeys> make_ticket_keys();

// TLS 1.2 and 1.3, one ticket, AES-128-GCM preferred, buffers released when idle, ALPN http/1.1 (the list is one
// constant, HTTP/2 is added there). Errors name the certificate.
Result<ContextPtr> make_server_context(const api::Certificate& certificate, const api::PrivateKey& key,
                                       std::shared_ptr<TicketKeys> tickets);

// A fresh self-signed P-256 certificate, for clients that name no host we know while no default one is configured.
Result<ContextPtr> make_self_signed_context(std::shared_ptr<TicketKeys> tickets);

}  // namespace palpo::tls
