// SPDX-License-Identifier: Apache-2.0
// Host names, Matrix server names and paths as authors write them: what can be served and what cannot. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palpo::translate {

// A DNS name in lower case, without port or trailing dot; an IP address is none.
bool is_dns_name(std::string_view text);
// "*." and a DNS name.
bool is_wildcard_name(std::string_view text);
// Why the text is no host name (with `wildcards`, no wildcard of one either), in words that follow it and say
// what to write: "is a URL, write the host name alone: matrix.example.com". nullopt: it is one.
std::optional<std::string> host_fault(std::string_view text, bool wildcards);
// Likewise for the name of a Service or a Secret of the object's own namespace; kind: "Service", "Secret".
std::optional<std::string> object_name_fault(std::string_view text, std::string_view kind);
// Does the wildcard name cover the host? It covers one label.
bool wildcard_covers(std::string_view wildcard, std::string_view host);
// "/a/" and "/a" are one prefix: the form without the slash at its end.
std::string normal_prefix(std::string_view path);
// At or below "/.well-known/acme-challenge".
bool is_acme_path(std::string_view path);

struct ServerName {
  std::string host;
  std::optional<std::uint16_t> port;
};
// The part after the colon of user ids. An error says why it cannot be served.
Result<ServerName> parse_server_name(std::string_view text);

}  // namespace palpo::translate
