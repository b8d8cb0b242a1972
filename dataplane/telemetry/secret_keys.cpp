// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/secret_keys.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace palpo::telemetry {

namespace {

// In lower case, without hyphens and underscores. Of Matrix (access tokens in the query, login by token or
// SSO, the token mails of 3PIDs), of the OpenID Connect and CAS callbacks below a homeserver, of application
// services; and what is a secret anywhere.
constexpr std::string_view kSecrets[] = {
    "accesstoken",  "refreshtoken", "idtoken",   "logintoken",    "token",    "astoken",      "hstoken",
    "clientsecret", "code",         "ticket",    "samlresponse",  "password", "passwd",       "secret",
    "apikey",       "signature",    "assertion", "authorization", "mac",      "codeverifier",
};
constexpr std::size_t kLongest = 16;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool is_secret_key(std::string_view key) {
  std::array<char, kLongest> plain{};
  std::size_t size = 0;
  while (!key.empty()) {
    char c = key.front();
    std::size_t used = 1;
    if (c == '%' && key.size() > 2 && hex_value(key[1]) >= 0 && hex_value(key[2]) >= 0) {
      c = static_cast<char>(hex_value(key[1]) * 16 + hex_value(key[2]));
      used = 3;
    }
    key.remove_prefix(used);
    if (c == '_' || c == '-') continue;
    if (size == plain.size()) return false;
    plain[size++] = ascii_lower(c);
  }
  const std::string_view name(plain.data(), size);
  return std::find(std::begin(kSecrets), std::end(kSecrets), name) != std::end(kSecrets);
}

}  // namespace palpo::telemetry
