// SPDX-License-Identifier: Apache-2.0
#include "base/certificate_names.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace palpo {

bool certificate_names_host(x509_st* certificate, std::string_view host) {
  // A length of 0 means a C string, a leading dot any subdomain.
  if (host.empty() || host.front() == '.') return false;
  constexpr unsigned int kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  const bool named = X509_check_host(certificate, host.data(), host.size(), kFlags, nullptr) == 1;
  if (!named) ERR_clear_error();  // an absent extension
  return named;
}

}  // namespace palpo
