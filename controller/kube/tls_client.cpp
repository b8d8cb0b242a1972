// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/tls_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/net_address.h"

namespace palpo::kube {
namespace {

Error failed(const std::string& what) {
  const auto code = ERR_get_error();
  ERR_clear_error();
  return invalid(what + ": " + tls_error_text(code));
}

Result<void> trust(SSL_CTX* context, const std::string& ca_file) {
  // A fresh store: libraries have put the system's roots, or those of SSL_CERT_FILE, into the first one.
  SSL_CTX_set_cert_store(context, X509_STORE_new());
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return failed("the system's certificate authorities");
    return {};
  }
  if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1)
    return failed("certificate authority file " + ca_file);
  return {};
}

Result<void> expect_name(SSL_CTX* context, const std::string& name) {
  X509_VERIFY_PARAM* const parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = is_ip_literal(name) ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str())
                                      : X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
  if (set != 1) return failed("API server name " + name);
  return {};
}

Result<void> identify(SSL_CTX* context, const ApiEndpoint& endpoint) {
  if (endpoint.client_certificate_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, endpoint.client_certificate_file.c_str()) != 1)
    return failed("client certificate file " + endpoint.client_certificate_file);
  if (SSL_CTX_use_PrivateKey_file(context, endpoint.client_key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return failed("client key file " + endpoint.client_key_file);
  if (SSL_CTX_check_private_key(context) != 1)
    return failed("client key file " + endpoint.client_key_file + " does not fit its certificate");
  return {};
}

Result<void> prepare(SSL_CTX* context, const ApiEndpoint& endpoint) {
  if (auto trusted = trust(context, endpoint.ca_file); !trusted) return trusted;
  if (auto named = expect_name(context, verified_name(endpoint)); !named) return named;
  return identify(context, endpoint);
}

}  // namespace

Result<void> prepare_tls_client(SSL_CTX* context, const ApiEndpoint& endpoint) {
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  auto prepared = prepare(context, endpoint);
  // cpprestsdk connects whatever we say: an empty store ends that in the handshake, before any request.
  if (!prepared) SSL_CTX_set_cert_store(context, X509_STORE_new());
  return prepared;
}

const std::string& verified_name(const ApiEndpoint& endpoint) {
  return endpoint.server_name.empty() ? endpoint.host : endpoint.server_name;
}

std::string tls_error_text(unsigned long code) {
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(static_cast<int>(ERR_GET_REASON(code)));
  const char* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "TLS error " + std::to_string(code);
}

}  // namespace palpo::kube
