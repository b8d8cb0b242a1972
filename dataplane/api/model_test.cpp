// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/model.h"

#include <gtest/gtest.h>

#include "dataplane/api/version.h"

namespace palpo::api {
namespace {

Route route(const std::string& path, Listener listener = Listener::https) {
  return {.listeners = ListenerSet{}.with(listener),
          .path = path,
          .action = ProxyTo{"c"},
          .owner = "Ingress/a/b"};
}

TEST(Model, ResourceIdsAreNamedForPeople) {
  EXPECT_EQ((ResourceId{ResourceKind::host, "example.com"}.text()), "host example.com");
  EXPECT_EQ((ResourceId{ResourceKind::certificate, "ns/tls"}.text()), "certificate ns/tls");
  EXPECT_EQ((ResourceId{ResourceKind::settings, ""}.text()), "settings");
}

// Written out by hand from README.md: a peer in another language must get the same.
TEST(Seal, DigestsTheKindAndTheCanonicalJson) {
  const auto cluster = seal(Cluster{.name = "ns/synapse:80", .endpoints = {{"10.0.0.1", 8008}}});
  EXPECT_EQ(cluster->digest,
            sha256("cluster\n"
                   R"({"name":"ns/synapse:80","endpoints":[{"address":"10.0.0.1","port":8008}]})"));
  const auto settings = seal(Settings{});
  EXPECT_EQ(settings->digest,
            sha256("settings\n"
                   R"({"default_certificate":null,"default_route":null,"defaults":{"handshake_ms":10000,)"
                   R"("request_head_ms":10000,"keep_alive_ms":75000,"client_idle_ms":60000,)"
                   R"("upstream_idle_ms":60000,"response_head_ms":660000,"tunnel_idle_ms":900000,)"
                   R"("linger_ms":5000,"request_body":0,"kept_request":65536,"pipelined":16384,)"
                   R"("interim_responses":16}})"));
}

TEST(Seal, OrdersRoutesBecauseTheirOrderHasNoMeaning) {
  const auto a = seal(Host{.name = "h", .routes = {route("/b"), route("/a"), route("/a", Listener::http)}});
  const auto b = seal(Host{.name = "h", .routes = {route("/a", Listener::http), route("/b"), route("/a")}});
  EXPECT_EQ(a->digest, b->digest);
  EXPECT_EQ(a->value, b->value);
  EXPECT_EQ(a->value.routes.front().listeners, ListenerSet{}.with(Listener::http));
}

TEST(Version, OfTheEmptySnapshotIsTheSettingsAlone) {
  SetDigest expected;
  expected.add(seal(Settings{})->digest);
  EXPECT_EQ(version_of(Snapshot{}), expected.value());
  EXPECT_EQ(version_of(Snapshot{}).hex(), "56606fb3d1d3e560ea9435f96ad23f7bc96d2fd34316bc74498f51d601801cb7");
}

// README.md's worked example.
TEST(Version, OfTheWorkedExample) {
  Snapshot snapshot;
  snapshot.clusters["ns/synapse:80"] =
      seal(Cluster{.name = "ns/synapse:80", .endpoints = {{"10.0.0.1", 8008}}});
  EXPECT_EQ(snapshot.clusters.begin()->second->digest.hex(),
            "e2d6df208bba3f04e9905fd346f6e29e4bcda9393a32d0ebeee2bd59b4a6f051");
  EXPECT_EQ(version_of(snapshot).hex(), "cc41cd57a9545b8707a0f131f753a55ef42a0a26cf86b11b34a3d1dd895871d4");
}

TEST(Version, ChangesWithEveryField) {
  const Host base{.name = "h", .routes = {route("/a")}};
  const FixedAnswer answer{.content_type = "t", .cache_control = "c", .body = "b"};
  const auto host = [&](auto change) {
    Host changed = base;
    change(changed);
    return seal(changed)->digest;
  };
  const auto answering = [&](auto change) {
    FixedAnswer changed = answer;
    change(changed);
    return host([&](Host& h) { h.routes[0].action = changed; });
  };
  const std::vector<Digest> digests = {
      seal(base)->digest,
      host([](Host& h) { h.name = "i"; }),
      host([](Host& h) { h.certificate = "x"; }),
      host([](Host& h) { h.certificate = ""; }),
      host([](Host& h) { h.no_certificate = NoCertificate::refuse; }),
      host([](Host& h) { h.redirect_to_https = true; }),
      host([](Host& h) { h.routes.clear(); }),
      host([](Host& h) { h.routes.push_back(h.routes[0]); }),
      host([](Host& h) { h.routes[0].path = "/b"; }),
      host([](Host& h) { h.routes[0].type = PathType::exact; }),
      host([](Host& h) { h.routes[0].listeners = h.routes[0].listeners.with(Listener::federation); }),
      host([](Host& h) { h.routes[0].owner = "o"; }),
      host([](Host& h) { h.routes[0].action = ProxyTo{"d"}; }),
      answering([](FixedAnswer&) {}),
      answering([](FixedAnswer& a) { a.status = 201; }),
      answering([](FixedAnswer& a) { a.content_type = "x"; }),
      answering([](FixedAnswer& a) { a.cache_control = "x"; }),
      answering([](FixedAnswer& a) { a.cors = true; }),
      answering([](FixedAnswer& a) { a.body = "x"; }),
      seal(Cluster{.name = "h"})->digest,
      seal(Cluster{.name = "h", .endpoints = {{"a", 1}}})->digest,
      seal(Cluster{.name = "h", .endpoints = {{"a", 2}}})->digest,
      seal(Cluster{.name = "h", .endpoints = {{"b", 1}}})->digest,
      seal(Certificate{.name = "h"})->digest,
      seal(Certificate{.name = "h", .chain_pem = "x"})->digest,
      seal(Certificate{.name = "h", .key_id = "x"})->digest,
      seal(Settings{})->digest,
      seal(Settings{.default_certificate = "x"})->digest,
      seal(Settings{.defaults = {.client_idle = std::chrono::milliseconds(1)}})->digest,
      seal(Settings{.defaults = {.request_body = 1}})->digest,
      seal(Settings{.default_route = default_route_to("x")})->digest,
      seal(Settings{.default_route = default_route_to("x", "y")})->digest,
  };
  for (std::size_t i = 0; i < digests.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE(digests[i], digests[k]) << i << " and " << k;
}

}  // namespace
}  // namespace palpo::api
