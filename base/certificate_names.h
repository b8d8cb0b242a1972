// SPDX-License-Identifier: Apache-2.0
// Whether a certificate is for a host, as clients decide it. Pure; a certificate belongs to one thread at a
// time.
#pragma once
#include <string_view>

struct x509_st;  // OpenSSL's X509

namespace palpo {

// By the DNS entries of subjectAltName, never by the common name; a wildcard stands for one whole label (RFC
// 6125 6.4.3). host: in any case, without a trailing dot; "*.example.com" is named by that entry alone.
bool certificate_names_host(x509_st* certificate, std::string_view host);

}  // namespace palpo
