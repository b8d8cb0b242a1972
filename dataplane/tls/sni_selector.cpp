// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/sni_selector.h"

#include <cstddef>
#include <string_view>

#include "base/ascii.h"

namespace palpo::tls {

namespace {

// The one host_name of a server_name extension (RFC 6066 3); empty: none, or malformed.
std::string_view host_name_of(SSL* ssl) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return {};
  constexpr std::size_t kHeader = 5;  // u16 list size, u8 name type, u16 name size
  if (size <= kHeader || data[2] != TLSEXT_NAMETYPE_host_name) return {};
  const std::size_t list_size = std::size_t{data[0]} << 8 | data[1];
  const std::size_t name_size = std::size_t{data[3]} << 8 | data[4];
  if (list_size + 2 != size || name_size + kHeader != size) return {};
  return {reinterpret_cast<const char*>(data) + kHeader, name_size};
}

int on_client_hello(SSL* ssl, int* alert, void* /*unused*/) {
  auto* selection = static_cast<Selection*>(SSL_get_app_data(ssl));
  selection->server_name = ascii_lowered(host_name_of(ssl));
  if (selection->server_name.ends_with('.')) selection->server_name.pop_back();
  const TlsChoice choice = selection->table->choose(selection->server_name);
  if (choice.kind == TlsChoice::Kind::refuse) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
  }
  if (SSL_set_SSL_CTX(ssl, choice.context) == nullptr) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

// So that the server's hello acknowledges the name.
int on_server_name(SSL* /*ssl*/, int* /*alert*/, void* /*unused*/) { return SSL_TLSEXT_ERR_OK; }

}  // namespace

void install_sni_selector(SSL_CTX* context) {
  SSL_CTX_set_client_hello_cb(context, on_client_hello, nullptr);
  SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
}

void attach_selection(SSL* ssl, Selection* selection) { SSL_set_app_data(ssl, selection); }

}  // namespace palpo::tls
