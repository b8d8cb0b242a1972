// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/server_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/openssl_ptr.h"
#include "dataplane/tls/self_signed.h"
#include "dataplane/tls/sni_selector.h"

namespace palpo::tls {
namespace {

// What is offered by ALPN, in our order of preference, each with its length before it.
constexpr std::string_view kProtocols = "\x08http/1.1";

constexpr const char* kTls13Suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// Fast ones only: a hello that offers nothing but large finite fields would cost a hundred milliseconds. The
// first list is for an OpenSSL that has the hybrid.
constexpr const char* kGroups[] = {"X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384"};
constexpr long kSessionSeconds = 2 * 60 * 60;
constexpr std::string_view kSelfSignedName = "self-signed";

BioPtr reader_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Error fault(const api::Certificate& certificate, std::string_view what) {
  std::string message = "certificate " + certificate.name + ": " + std::string(what);
  if (const unsigned long code = ERR_peek_last_error(); code != 0) {
    const char* reason = ERR_reason_error_string(code);
    if (reason != nullptr) message += std::string(" (") + reason + ")";
  }
  ERR_clear_error();
  return invalid(std::move(message));
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const int outcome =
      SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(kProtocols.data()),
                            static_cast<unsigned int>(kProtocols.size()), offered, offered_size);
  if (outcome != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;  // such a client may still speak HTTP/1.1
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

bool set_groups(SSL_CTX* context) {
  for (const char* groups : kGroups) {
    if (SSL_CTX_set1_groups_list(context, groups) == 1) return true;
    ERR_clear_error();
  }
  return false;
}

// name: whose sessions these are. Ours to set, so a failure is our own defect.
ContextPtr make_context(std::string_view name, std::shared_ptr<TicketKeys> tickets) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* raw = context.get();
  PALPO_CHECK(raw != nullptr);
  PALPO_CHECK(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1);
  PALPO_CHECK(SSL_CTX_set_ciphersuites(raw, kTls13Suites) == 1);
  PALPO_CHECK(SSL_CTX_set_cipher_list(raw, kTls12Ciphers) == 1);
  PALPO_CHECK(set_groups(raw));
  SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                               SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // No automatic chain: what the Secret holds is sent; a leaf alone would be looked up in a store that is
  // empty.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 1);
  SSL_CTX_set_timeout(raw, kSessionSeconds);
  const Digest owner = sha256(name);  // names are longer than the 32 bytes there is room for
  PALPO_CHECK(SSL_CTX_set_session_id_context(raw, owner.bytes.data(), owner.bytes.size()) == 1);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  TicketKeys::attach(std::move(tickets), raw);
  return context;
}

Result<void> load_chain(const api::Certificate& certificate, SSL_CTX* context) {
  const BioPtr bio = reader_of(certificate.chain_pem);
  const X509Ptr leaf(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!leaf) return fault(certificate, "tls.crt holds no readable certificate");
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return fault(certificate, "tls.crt cannot be used");
  for (;;) {
    X509Ptr issuer(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!issuer) break;
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1) {
      return fault(certificate, "tls.crt: a certificate after the first cannot be used");
    }
    static_cast<void>(issuer.release());  // the context's now
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return fault(certificate, "tls.crt: a certificate after the first is not readable");
  }
  ERR_clear_error();
  return {};
}

Result<void> load_key(const api::Certificate& certificate, const api::PrivateKey& key, SSL_CTX* context) {
  const BioPtr bio = reader_of(key.pem.reveal());
  // Without a callback OpenSSL would ask the terminal for an encrypted key's pass phrase.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const KeyPtr pkey(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!pkey) return fault(certificate, "tls.key is not a readable, unencrypted private key");
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), pkey.get()) != 1) {
    ERR_clear_error();
    return fault(certificate, "tls.key does not match tls.crt");
  }
  if (SSL_CTX_use_PrivateKey(context, pkey.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return fault(certificate, "tls.key cannot be used");
  }
  return {};
}

}  // namespace

Result<ContextPtr> make_server_context(const api::Certificate& certificate, const api::PrivateKey& key,
                                       std::shared_ptr<TicketKeys> tickets) {
  ERR_clear_error();
  ContextPtr context = make_context("certificate " + certificate.name, std::move(tickets));
  if (const auto loaded = load_chain(certificate, context.get()); !loaded) return loaded.error();
  if (const auto loaded = load_key(certificate, key, context.get()); !loaded) return loaded.error();
  return context;
}

Result<ContextPtr> make_self_signed_context(std::shared_ptr<TicketKeys> tickets) {
  ERR_clear_error();
  ContextPtr context = make_context(kSelfSignedName, std::move(tickets));
  if (const auto used = use_self_signed(context.get()); !used) return used.error();
  return context;
}

ContextPtr make_hello_context(std::shared_ptr<TicketKeys> tickets) {
  ContextPtr context = make_context("hello", std::move(tickets));
  install_sni_selector(context.get());
  return context;
}

}  // namespace palpo::tls
