// SPDX-License-Identifier: Apache-2.0
// What a data plane serves, in its own words: hosts, routes, clusters, certificates. It knows no Kubernetes.
// All values are immutable once sealed and shared between snapshots, so that a change costs what it touches.
// Plain data, any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/secret_bytes.h"

namespace palpo::api {

// The public sockets, by purpose. The addresses behind them are the data plane's own options.
enum class Listener : std::uint8_t { http = 1, https = 2, federation = 4 };

struct ListenerSet {
  std::uint8_t bits = 0;
  constexpr bool has(Listener listener) const { return (bits & static_cast<std::uint8_t>(listener)) != 0; }
  constexpr ListenerSet with(Listener listener) const {
    return {static_cast<std::uint8_t>(bits | static_cast<std::uint8_t>(listener))};
  }
  auto operator<=>(const ListenerSet&) const = default;
};

// How a route's path is held against the raw path of a request (no decoding, split at '/' only).
enum class PathType : std::uint8_t {
  exact,   // the same bytes
  prefix,  // element-wise: "/a" and "/a/" match "/a", "/a/", "/a/b", not "/ab" (Kubernetes Ingress v1)
};

struct ProxyTo {
  std::string cluster;
  auto operator<=>(const ProxyTo&) const = default;
};

// Served by the data plane itself, whatever the backends do. GET and HEAD get it, OPTIONS a 204, others a
// 405.
struct FixedAnswer {
  std::uint16_t status = 200;
  std::string content_type;   // "application/json"
  std::string cache_control;  // empty: no such header
  bool cors = false;          // the three Access-Control-* headers the Matrix specification asks for
  std::string body;
  auto operator<=>(const FixedAnswer&) const = default;
};

// Whatever the method is, the data plane answers with this status and an error body of its own. For paths
// that must not be served because what restricts them cannot be kept here.
struct Refusal {
  std::uint16_t status = 403;
  auto operator<=>(const Refusal&) const = default;
};

using Action = std::variant<ProxyTo, FixedAnswer, Refusal>;

struct Route {
  ListenerSet listeners;
  PathType type = PathType::prefix;
  std::string path;  // starts with '/'
  Action action;
  std::string owner;  // whose it is, for logs and metrics: "PalpoHomeserver/ns/name", "Ingress/ns/name"
  auto operator<=>(const Route&) const = default;
};

// Every path on http and https, as default routes are.
Route default_route_to(std::string cluster, std::string owner = {});

// What a TLS client gets that names this host by SNI while it has no certificate of its own.
enum class NoCertificate : std::uint8_t {
  use_default,  // the default certificate
  refuse,       // alert unrecognized_name: for federation a wrong certificate is worse than none
};

// One virtual host. name: lower case, no port, no trailing dot; "*.example.com" covers exactly one label;
// "*" is every host that no other entry names. A host whose entry exists never falls through to "*" or a
// wildcard.
struct Host {
  std::string name;
  std::optional<std::string> certificate;  // name of a Certificate
  NoCertificate no_certificate = NoCertificate::use_default;
  bool redirect_to_https = false;  // plain requests that no http route takes get 308
  std::vector<Route> routes;       // distinct (listener, type, path); order has no meaning
  auto operator<=>(const Host&) const = default;
};

struct Endpoint {
  std::string address;  // an IP literal, or a DNS name that the data plane resolves
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

// The servers behind a route. No endpoints: 503.
struct Cluster {
  std::string name;                 // "namespace/service:port"
  std::vector<Endpoint> endpoints;  // sorted, distinct
  auto operator<=>(const Cluster&) const = default;
};

struct Certificate {
  std::string name;       // "namespace/secret"
  std::string chain_pem;  // leaf first
  std::string key_id;     // lower-case hex SHA-256 of the leaf's SubjectPublicKeyInfo (DER)
  auto operator<=>(const Certificate&) const = default;
};

// How long a data plane waits for whom and how much it keeps for anybody, where nothing narrower says
// otherwise.
struct Defaults {
  std::chrono::milliseconds handshake{10'000};       // TLS
  std::chrono::milliseconds request_head{10'000};    // from its first byte, or from the connection's begin
  std::chrono::milliseconds keep_alive{75'000};      // between requests
  std::chrono::milliseconds client_idle{60'000};     // within a request's body, or while it takes no byte
  std::chrono::milliseconds upstream_idle{60'000};   // within a response's body, or while it takes no byte
  std::chrono::milliseconds response_head{660'000};  // at most, whatever a long poll asks for
  std::chrono::milliseconds tunnel_idle{900'000};
  std::chrono::milliseconds linger{5'000};  // to read an answer that came before the request's end
  std::uint64_t request_body = 0;           // bytes; 0: no bound
  std::uint32_t kept_request = 64 * 1024;   // bytes of a request, so that it can be sent again
  std::uint32_t pipelined = 16 * 1024;      // bytes of further requests, while one is served
  std::uint32_t interim_responses = 16;
  auto operator<=>(const Defaults&) const = default;
};

// What exists once.
struct Settings {
  std::optional<std::string>
      default_certificate;             // name of a Certificate; none: the data plane's self-signed one
  std::optional<Route> default_route;  // of requests whose host no host entry matches
  Defaults defaults;
  auto operator<=>(const Settings&) const = default;
};

enum class ResourceKind : std::uint8_t { host, cluster, certificate, settings };
std::string_view to_string(ResourceKind kind);

// Names a resource in a delta, a NACK, a log line. The settings' name is empty.
struct ResourceId {
  ResourceKind kind = ResourceKind::host;
  std::string name;
  std::string text() const;  // "host example.com"
  auto operator<=>(const ResourceId&) const = default;
};

// A resource and the digest of its canonical JSON, computed once.
template <class T>
struct Sealed {
  T value;
  Digest digest;
};
template <class T>
using Ref = std::shared_ptr<const Sealed<T>>;

Ref<Host> seal(Host host);
Ref<Cluster> seal(Cluster cluster);
Ref<Certificate> seal(Certificate certificate);
Ref<Settings> seal(Settings settings);

// A whole configuration. Maps are keyed by the resource's name.
struct Snapshot {
  std::map<std::string, Ref<Host>> hosts;
  std::map<std::string, Ref<Cluster>> clusters;
  std::map<std::string, Ref<Certificate>> certificates;
  Ref<Settings> settings = seal(Settings{});
};

// The private keys a snapshot's certificates name, by key id; shared because several snapshots need the same
// key. Null in a controller's ring: only data planes hold it.
struct PrivateKey {
  std::string key_id;
  SecretBytes pem;
};
using KeyRing = std::map<std::string, std::shared_ptr<const PrivateKey>>;

}  // namespace palpo::api
