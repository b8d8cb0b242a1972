// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/client_identity.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>

#include "dataplane/message/text_buffer.h"

namespace palpo::http {

namespace {

// Where clients reach the listener, whatever it is bound to and whatever they say.
std::uint16_t public_port(api::Listener listener, std::uint16_t https_port) {
  switch (listener) {
    case api::Listener::http:
      return 80;
    case api::Listener::https:
      return https_port;
    case api::Listener::federation:
      break;
  }
  return 8448;
}

template <std::size_t Size>
std::string_view store(std::string_view text, std::array<char, Size>& into) {
  PALPO_CHECK(text.size() <= Size);
  std::copy(text.begin(), text.end(), into.begin());
  return {into.data(), text.size()};
}

}  // namespace

ClientIdentity::ClientIdentity(api::Listener listener, const sockaddr* peer, std::uint16_t https_port) {
  info_.listener = listener;
  char text[INET6_ADDRSTRLEN] = "unknown";
  if (peer->sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(peer)->sin_addr, text, sizeof text);
  } else if (peer->sa_family == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
      ::inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof text);
    } else {
      ::inet_ntop(AF_INET6, &address, text, sizeof text);
    }
  }
  info_.address = store(text, address_);
  TextBuffer<136> fields;
  fields.add("X-Forwarded-For: ");
  fields.add(info_.address);
  fields.add(tls() ? "\r\nX-Forwarded-Proto: https\r\n" : "\r\nX-Forwarded-Proto: http\r\n");
  fields.add("X-Forwarded-Port: ");
  fields.add(std::to_string(public_port(listener, https_port)));
  fields.add("\r\n");
  info_.forwarded_fields = store(fields.view(), forwarded_);
}

}  // namespace palpo::http
