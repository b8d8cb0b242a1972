// SPDX-License-Identifier: Apache-2.0
// A throw-away certificate, made where it is used: its key never leaves the process. Configuration thread.
#pragma once
#include <openssl/ssl.h>

#include "base/result.h"

namespace palpo::tls {

// P-256, ten years, one DNS name that cannot exist: some clients want one to be there.
Result<void> use_self_signed(SSL_CTX* context);

}  // namespace palpo::tls
