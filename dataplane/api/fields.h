// SPDX-License-Identifier: Apache-2.0
// The fields of each struct of model.h. A new field is a member there and a line here; then
// PALPO_UPDATE_DOCS=1 and the unit tests of this folder rewrite the tables of README.md. Compile-time data.
#pragma once
#include <array>
#include <tuple>

#include "dataplane/api/description.h"

namespace palpo::api {

inline constexpr TextRule kResourceName{resource_name_fault,
                                        "1 to 512 bytes of printable ASCII without blanks"};
inline constexpr Range kWait{1, 86'400'000};  // milliseconds
inline constexpr TextRule kOwner{owner_fault, "empty, or like a name of a cluster"};
inline constexpr TextRule kHeaderValue{
    header_value_fault, "at most 1024 bytes of printable ASCII, not beginning or ending with a blank"};

template <>
struct Words<Listener> {
  static constexpr std::array<Word<Listener>, 3> all{{
      {Listener::http, "http"},
      {Listener::https, "https"},
      {Listener::federation, "federation"},
  }};
};
template <>
struct Words<PathType> {
  static constexpr std::array<Word<PathType>, 2> all{
      {{PathType::exact, "exact"}, {PathType::prefix, "prefix"}}};
};
template <>
struct Words<NoCertificate> {
  static constexpr std::array<Word<NoCertificate>, 2> all{
      {{NoCertificate::use_default, "use_default"}, {NoCertificate::refuse, "refuse"}}};
};
template <>
struct Words<ResourceKind> {
  static constexpr std::array<Word<ResourceKind>, 4> all{{
      {ResourceKind::host, "host"},
      {ResourceKind::cluster, "cluster"},
      {ResourceKind::certificate, "certificate"},
      {ResourceKind::settings, "settings"},
  }};
};

template <>
struct Description<ProxyTo> {
  static constexpr std::tuple fields{
      Field{"cluster", &ProxyTo::cluster, "where requests go", NameOf{ResourceKind::cluster}},
  };
};

template <>
struct Description<FixedAnswer> {
  static constexpr std::tuple fields{
      Field{"status", &FixedAnswer::status, "HTTP status code", Range{200, 599}},
      Field{"content_type", &FixedAnswer::content_type, "value of `Content-Type`", kHeaderValue},
      Field{"cache_control", &FixedAnswer::cache_control, "value of `Cache-Control`; empty: no such header",
            kHeaderValue},
      Field{"cors", &FixedAnswer::cors, "`true`: the Access-Control-* headers of the Matrix specification"},
      Field{"body", &FixedAnswer::body, "empty with status 204 and 304",
            TextRule{body_fault, "at most 64 KiB", false}},
  };
};

template <>
struct Description<Refusal> {
  static constexpr std::tuple fields{
      Field{"status", &Refusal::status, "HTTP status code", Range{400, 599}},
  };
};

template <>
struct Choices<Action> {
  static constexpr std::tuple all{
      Choice<ProxyTo>{"proxy", ""},
      Choice<FixedAnswer>{"answer", "answer"},
      Choice<Refusal>{"refuse", "refusal"},
  };
};

template <>
struct Description<Route> {
  static constexpr std::string_view noun = "route";
  static constexpr auto key = &Route::path;
  static constexpr std::tuple fields{
      Field{"listeners", &Route::listeners, "where it takes requests; at least one"},
      Field{"type", &Route::type,
            "`exact`: the same bytes. `prefix`: whole elements: `/a` and `/a/` take `/a`, `/a/`, `/a/b`, not "
            "`/ab`"},
      Field{"path", &Route::path, "raw bytes of a request's path; nothing is decoded",
            TextRule{path_fault, "begins with `/`, at most 8192 bytes, no blank, control byte, `?` or `#`"}},
      Field{"action", &Route::action, "what is done with a request; one of the objects below"},
      Field{"owner", &Route::owner, "whose it is, for logs and metrics: `PalpoHomeserver/ns/name`", kOwner},
  };
};

template <>
struct Description<Host> {
  static constexpr std::tuple fields{
      Field{"name", &Host::name,
            "`example.com`; `*.example.com` (exactly one label); `*` (every host that no other entry names)",
            TextRule{host_name_fault,
                     "at most 253 bytes; labels of 1 to 63 lower-case letters, digits, `-`, `_`, not "
                     "beginning or ending "
                     "with `-`; `*` alone or as the whole first label"}},
      Field{"certificate", &Host::certificate, "what a TLS client is shown",
            NameOf{ResourceKind::certificate}},
      Field{"no_certificate", &Host::no_certificate,
            "without one, a TLS client gets the default certificate or the alert `unrecognized_name`"},
      Field{"redirect_to_https", &Host::redirect_to_https,
            "`true`: plain requests that no `http` route takes get 308, those below "
            "`/.well-known/acme-challenge/` "
            "excepted"},
      Field{"routes", &Host::routes, "in any order; no two with the same listener, type and path",
            AtMost{10'000}},
  };
};

template <>
struct Description<Endpoint> {
  static constexpr std::string_view noun = "endpoint";
  static constexpr auto key = &Endpoint::address;
  static constexpr std::tuple fields{
      Field{"address", &Endpoint::address, "of one server",
            TextRule{address_fault,
                     "an IP literal without brackets, or a DNS name whose last label is no number, decimal "
                     "or `0x`"}},
      Field{"port", &Endpoint::port, "TCP port", Range{1, 65535}},
  };
};

template <>
struct Description<Cluster> {
  static constexpr std::tuple fields{
      Field{"name", &Cluster::name, "`namespace/service:port`", kResourceName},
      Field{"endpoints", &Cluster::endpoints, "sorted by address (as bytes) and port, distinct; none: 503",
            AtMost{10'000}},
  };
};

template <>
struct Description<Certificate> {
  static constexpr std::tuple fields{
      Field{"name", &Certificate::name, "`namespace/secret`", kResourceName},
      Field{"chain_pem", &Certificate::chain_pem,
            "leaf first; certificates only, never a private key; all of them decode",
            TextRule{chain_fault, "at most 256 KiB", false}},
      Field{"key_id", &Certificate::key_id, "SHA-256 of the leaf's SubjectPublicKeyInfo (DER)",
            TextRule{key_id_fault, "64 lower-case hexadecimal digits"}},
  };
};

template <>
struct Description<Defaults> {
  static constexpr std::tuple fields{
      Field{"handshake_ms", &Defaults::handshake, "for a TLS handshake", kWait},
      Field{"request_head_ms", &Defaults::request_head,
            "for a request's head, from its first byte or from the connection's begin", kWait},
      Field{"keep_alive_ms", &Defaults::keep_alive, "between requests of a connection", kWait},
      Field{"client_idle_ms", &Defaults::client_idle,
            "without a byte of a request's body, or without one of the response being taken", kWait},
      Field{"upstream_idle_ms", &Defaults::upstream_idle,
            "without a byte of a response's body, or without one of the request being taken", kWait},
      Field{"response_head_ms", &Defaults::response_head,
            "from a request's end to its response's head, whatever a long poll asks for", kWait},
      Field{"tunnel_idle_ms", &Defaults::tunnel_idle, "without a byte through a WebSocket", kWait},
      Field{"linger_ms", &Defaults::linger,
            "for a client to read an answer that came before its request had ended", kWait},
      Field{"request_body", &Defaults::request_body, "bytes of a request's body; 0: no bound",
            Range{0, 1ULL << 53U}},
      Field{"kept_request", &Defaults::kept_request, "bytes of a request, kept so that it can be sent again",
            Range{0, 16U << 20U}},
      Field{"pipelined", &Defaults::pipelined, "bytes of further requests, kept while one is served",
            Range{0, 16U << 20U}},
      Field{"interim_responses", &Defaults::interim_responses, "1xx responses to one request",
            Range{0, 1000}},
  };
};

template <>
struct Description<Settings> {
  static constexpr std::tuple fields{
      Field{"default_certificate", &Settings::default_certificate,
            "for names that have none; `null`: the data plane's self-signed one",
            NameOf{ResourceKind::certificate}},
      Field{"default_route", &Settings::default_route,
            "takes requests whose host no host entry matches; a route as hosts have them"},
      Field{"defaults", &Settings::defaults, "hold where nothing narrower says otherwise"},
  };
};

template <>
struct Description<ResourceId> {
  static constexpr std::tuple fields{
      Field{"kind", &ResourceId::kind, "of the resource"},
      Field{"name", &ResourceId::name, "of the resource; of the settings: empty"},
  };
};

}  // namespace palpo::api
