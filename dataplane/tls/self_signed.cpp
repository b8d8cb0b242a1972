// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/self_signed.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdint>

#include "base/openssl_ptr.h"

namespace palpo::tls {
namespace {

constexpr const char* kName = "palpo-ingress.invalid";
constexpr long kDay = 24 * 60 * 60;

bool fill(X509* certificate, EVP_PKEY* key) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  X509_NAME* name = X509_get_subject_name(certificate);
  const ExtensionPtr names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:palpo-ingress.invalid"));
  return names != nullptr && X509_set_version(certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), 3650 * kDay) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(kName),
                                    -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_add_ext(certificate, names.get(), -1) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

Result<void> use_self_signed(SSL_CTX* context) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr certificate(X509_new());
  if (key && certificate && fill(certificate.get(), key.get()) &&
      SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
      SSL_CTX_use_PrivateKey(context, key.get()) == 1) {
    return {};
  }
  ERR_clear_error();
  return Error{ErrorKind::unavailable, "OpenSSL could not make a self-signed certificate"};
}

}  // namespace palpo::tls
