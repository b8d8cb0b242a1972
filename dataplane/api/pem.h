// SPDX-License-Identifier: Apache-2.0
// Reading certificates and keys enough to say whether they belong together and whom they serve. Owner of
// OpenSSL's PEM API. Pure, any thread. Errors say what is wrong in an author's words ("tls.key does not match
// tls.crt").
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret_bytes.h"

namespace palpo::api {

struct CertificateInfo {
  std::string key_id;  // see model.h
  std::vector<std::string>
      dns_names;  // subjectAltName DNS entries, lower case; no fall-back to the common name
  WallClock::time_point not_before;
  WallClock::time_point not_after;
};

// chain_pem: one or more certificates, leaf first.
Result<CertificateInfo> read_certificate(std::string_view chain_pem);
// The key id of a private key in PEM, unencrypted.
Result<std::string> key_id_of(const SecretBytes& key_pem);
// Does a certificate for these names cover the host? Wildcards cover one label (RFC 6125 6.4.3).
bool covers(const std::vector<std::string>& dns_names, std::string_view host);

}  // namespace palpo::api
