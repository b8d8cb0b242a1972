// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/sni_selector.h"

namespace palpo::tls {

static int on_server_name(SSL* ssl, int* alert, void* /*unused*/) {
  auto* selection = static_cast<Selection*>(SSL_get_app_data(ssl));
  if (selection == nullptr || selection->table == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  selection->server_name.assign(name == nullptr ? "" : name);
  for (char& c : selection->server_name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const TlsChoice choice = selection->table->choose(selection->server_name);
  if (choice.kind == TlsChoice::Kind::refuse || choice.context == nullptr) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  if (SSL_set_SSL_CTX(ssl, choice.context) == nullptr) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return SSL_TLSEXT_ERR_OK;
}

void install_sni_selector(SSL_CTX* context) {
  SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
}

void attach_selection(SSL* ssl, Selection* selection) { SSL_set_app_data(ssl, selection); }

}  // namespace palpo::tls
