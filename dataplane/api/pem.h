// SPDX-License-Identifier: Apache-2.0
// Reading certificates and keys enough to say whether they belong together and whom they serve. Owner of
// OpenSSL's PEM API. Pure, any thread. Errors say what is wrong in an author's words ("tls.key does not match
// tls.crt").
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret_bytes.h"

struct x509_st;  // OpenSSL's X509

namespace palpo::api {

// What the certificates around a leaf are to it. Certificates are meant by their place in the text.
struct ChainInfo {
  std::vector<std::size_t>
      order;                 // leaf, its issuer, that one's issuer ..., then those that are none of these
  std::size_t linked = 0;    // how many of `order` are leaf and issuers
  bool self_issued = false;  // the leaf is its own issuer
  bool issuer_elsewhere = false;  // the leaf says where its issuer is fetched (caIssuers): it is not a root
  std::string issuer;             // of the leaf, as text
  struct Issuer {
    std::string subject;
    WallClock::time_point not_after;
  };
  std::optional<Issuer> first_to_expire;  // of the issuers
};

struct CertificateInfo {
  std::shared_ptr<x509_st> leaf;  // for names(); never null in what read_certificate() gives
  std::string key_id;             // see model.h
  std::vector<std::string>
      dns_names;  // subjectAltName DNS entries, lower case; no fall-back to the common name
  WallClock::time_point not_before;
  WallClock::time_point not_after;
  ChainInfo chain;
};

// chain_pem: one or more certificates. The leaf is the one of this key, or else the first.
Result<CertificateInfo> read_certificate(std::string_view chain_pem, std::string_view key_id = {});
// The key id of a private key in PEM, unencrypted.
Result<std::string> key_id_of(const SecretBytes& key_pem);
// Is the certificate for this host? See base/certificate_names.h.
bool names_host(const CertificateInfo& certificate, std::string_view host);

}  // namespace palpo::api
