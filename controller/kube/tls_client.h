// SPDX-License-Identifier: Apache-2.0
// How the API server is verified and how we show who we are: one set of OpenSSL settings for both transports.
// Called for every new connection, so that rotated files are picked up. Any thread.
#pragma once
#include <openssl/types.h>

#include <string>

#include "base/result.h"
#include "controller/kube/transport.h"

namespace palpo::kube {

// Only the endpoint's CA file is trusted (empty: the system's roots), the name or address must be among the
// certificate's subject alternative names, TLS 1.2 at least. After an error the context trusts nobody.
Result<void> prepare_tls_client(SSL_CTX* context, const ApiEndpoint& endpoint);

const std::string& verified_name(const ApiEndpoint& endpoint);  // server_name, or host

// The text of an OpenSSL error code: "certificate verify failed".
std::string tls_error_text(unsigned long code);

}  // namespace palpo::kube
