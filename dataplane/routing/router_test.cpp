// SPDX-License-Identifier: Apache-2.0
#include "dataplane/routing/router.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace palpo::routing {
namespace {

using api::Listener;
using Kind = Match::Kind;

template <class T>
api::Ref<T> sealed(T value) {
  return std::make_shared<const api::Sealed<T>>(api::Sealed<T>{std::move(value), Digest{}});
}

constexpr api::ListenerSet kAll{7};
constexpr api::ListenerSet kHttp = api::ListenerSet{}.with(Listener::http);
constexpr api::ListenerSet kHttps = api::ListenerSet{}.with(Listener::https);
constexpr api::ListenerSet kFederation = api::ListenerSet{}.with(Listener::federation);

api::Route proxy(api::ListenerSet listeners, const char* path, const char* cluster) {
  return {listeners, api::PathType::prefix, path, api::ProxyTo{cluster}, std::string("owner of ") + cluster};
}

api::Host host(const char* name, std::vector<api::Route> routes, bool redirect = false) {
  api::Host out;
  out.name = name;
  out.routes = std::move(routes);
  out.redirect_to_https = redirect;
  return out;
}

Router router_of(const std::vector<api::Host>& hosts, const char* default_cluster = nullptr) {
  Router router;
  for (const auto& entry : hosts) router.put(compile_host(sealed(entry)));
  if (default_cluster != nullptr)
    router.set_default_route(api::default_route_to(default_cluster, "Ingress/ns/default"));
  return router;
}

// "cluster", or what else happened.
std::string outcome(const Router& router, Listener listener, std::string_view name, std::string_view target) {
  const Match match = router.match(listener, name, target);
  switch (match.kind) {
    case Kind::redirect_to_https:
      return "redirect";
    case Kind::no_route:
      return "no route";
    case Kind::escapes:
      return "escapes";
    case Kind::no_host:
      return "no host";
    case Kind::route:
      break;
  }
  if (match.answer != nullptr) return "answer " + match.answer->body;
  if (match.refusal != nullptr) return "refused " + std::to_string(match.refusal->status);
  return match.proxy != nullptr ? match.proxy->cluster : "route without an action";
}

TEST(NormalizeHost, LowersAndStripsPortAndOneDot) {
  struct Case {
    const char* header;
    const char* expected;
  };
  const Case cases[] = {
      {"example.com", "example.com"},
      {"Example.COM", "example.com"},
      {"example.com:443", "example.com"},
      {"matrix.hs1.test:443", "matrix.hs1.test"},
      {"hs2.test:8448", "hs2.test"},
      {"example.com:1", "example.com"},
      {"example.com:", "example.com"},
      {"example.com.", "example.com"},
      {"Example.Com.:8448", "example.com"},
      {"localhost", "localhost"},
      {"under_score.example", "under_score.example"},
      {"192.0.2.1:8448", "192.0.2.1"},
      {"[2001:DB8::1]", "[2001:db8::1]"},
      {"[2001:db8::1]:8448", "[2001:db8::1]"},
      {"[::FFFF:192.0.2.1]:1", "[::ffff:192.0.2.1]"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      // junk
      {"", ""},
      {".", ""},
      {":80", ""},
      {"example.com..", ""},
      {".example.com", ""},
      {"a..b", ""},
      {"example.com:80:90", ""},
      {"example.com:http", ""},
      {"example.com:-1", ""},
      {"exa mple.com", ""},
      {"example.com/", ""},
      {"user@example.com", ""},
      {"example.com\t", ""},
      {"b\xc3\xbc"
       "cher.example",
       ""},
      {"*.example.com", ""},
      {"*", ""},
      {"2001:db8::1", ""},
      {"[2001:db8::1", ""},
      {"[2001:db8::1]x", ""},
      {"[2001:db8::1]:x", ""},
      {"[fe80::1%eth0]", ""},
      {"[]", ""},
      {"[example.com]", ""},
  };
  std::string scratch;
  for (const Case& c : cases) EXPECT_EQ(normalize_host(c.header, scratch), c.expected) << c.header;
  EXPECT_EQ(normalize_host(std::string_view("a\0b", 3), scratch), "");
  EXPECT_EQ(normalize_host(std::string_view("[::1\0]", 6), scratch), "");
  EXPECT_EQ(normalize_host(std::string(300, 'a'), scratch), "");
  EXPECT_EQ(normalize_host(std::string(256, 'a'), scratch), "");
}

TEST(Router, PrefersTheMoreSpecificHostAndNeverFallsThrough) {
  const Router router = router_of({host("example.com", {proxy(kAll, "/only", "exact")}),
                                   host("a.example.com", {proxy(kAll, "/only", "a")}),
                                   host("*.example.com", {proxy(kAll, "/", "wildcard")}),
                                   host("*", {proxy(kAll, "/", "any")})});
  struct Case {
    const char* name;
    const char* target;
    const char* expected;
  };
  const Case cases[] = {
      {"example.com", "/only", "exact"},
      {"example.com", "/other", "no route"},  // not the wildcard, not "*"
      {"a.example.com", "/only/x", "a"},
      {"a.example.com", "/other", "no route"},
      {"b.example.com", "/other", "wildcard"},
      {"x.b.example.com", "/", "any"},  // a wildcard covers one label
      {"else.test", "/", "any"},
      {"localhost", "/", "any"},
      {"192.0.2.1", "/", "any"},
      {"[::1]", "/", "any"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(outcome(router, Listener::https, c.name, c.target), c.expected) << c.name << c.target;
  }
}

TEST(Router, WildcardCoversExactlyOneLabel) {
  const Router router = router_of({host("*.foo.com", {proxy(kAll, "/", "w")})});
  EXPECT_EQ(outcome(router, Listener::https, "bar.foo.com", "/"), "w");
  EXPECT_EQ(outcome(router, Listener::https, "foo.com", "/"), "no host");
  EXPECT_EQ(outcome(router, Listener::https, "baz.bar.foo.com", "/"), "no host");
  EXPECT_EQ(outcome(router, Listener::https, ".foo.com", "/"), "no host");
  EXPECT_EQ(outcome(router, Listener::https, "", "/"), "no host");
  EXPECT_EQ(outcome(router, Listener::https, std::string(300, 'a') + ".foo.com", "/"), "no host");
}

TEST(Router, KeepsListenersApart) {
  const Router router = router_of({host("hs.test", {proxy(kHttps, "/_matrix", "client"),
                                                    proxy(kFederation, "/_matrix/federation", "federation"),
                                                    proxy(kHttp, "/plain", "plain")})});
  EXPECT_EQ(outcome(router, Listener::https, "hs.test", "/_matrix/federation/v1/version"), "client");
  EXPECT_EQ(outcome(router, Listener::federation, "hs.test", "/_matrix/federation/v1/version"), "federation");
  EXPECT_EQ(outcome(router, Listener::federation, "hs.test", "/_matrix/client/versions"), "no route");
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/plain"), "plain");
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/_matrix/x"), "no route");
  EXPECT_EQ(outcome(router, Listener::federation, "other.test", "/_matrix/federation"), "no host");
}

TEST(Router, RedirectsPlainRequestsThatNoHttpRouteTakes) {
  const Router router = router_of(
      {host("hs.test",
            {proxy(kHttps, "/", "site"), proxy(kHttp, "/.well-known/acme-challenge/token", "solver")}, true),
       host("plain.test", {proxy(kHttps, "/", "site")})});
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/"), "redirect");
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/a?b=/.well-known/acme-challenge/"), "redirect");
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/.well-known/acme-challenge/token"), "solver");
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/.well-known/acme-challenge/other"), "no route");
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/.well-known/acme-challenges"), "redirect");
  EXPECT_EQ(outcome(router, Listener::https, "hs.test", "/.well-known/acme-challenge/other"), "site");
  EXPECT_EQ(outcome(router, Listener::http, "plain.test", "/"), "no route");
  EXPECT_EQ(outcome(router, Listener::http, "unknown.test", "/"), "no host");
}

TEST(Router, TheDefaultRouteTakesHostsThatNobodyHasOnHttpAndHttps) {
  const Router router = router_of(
      {host("hs.test", {proxy(kAll, "/app", "app")}), host("*.wild.test", {proxy(kAll, "/app", "app")}),
       host("secure.test", {proxy(kHttps, "/app", "app")}, true)},
      "fallback");
  EXPECT_EQ(outcome(router, Listener::https, "hs.test", "/app"), "app");
  EXPECT_EQ(outcome(router, Listener::https, "hs.test", "/other"), "no route");
  EXPECT_EQ(outcome(router, Listener::https, "a.wild.test", "/other"), "no route");
  EXPECT_EQ(outcome(router, Listener::https, "unknown.test", "/"), "fallback");
  EXPECT_EQ(outcome(router, Listener::http, "unknown.test", "/"), "fallback");
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/other"), "no route");
  EXPECT_EQ(outcome(router, Listener::http, "hs.test", "/.well-known/acme-challenge/t"), "no route");
  EXPECT_EQ(outcome(router, Listener::http, "secure.test", "/other"), "redirect");
  EXPECT_EQ(outcome(router, Listener::federation, "hs.test", "/other"), "no route");
  EXPECT_EQ(outcome(router, Listener::federation, "unknown.test", "/"), "no host");
  const Match match = router.match(Listener::https, "unknown.test", "/");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->owner, "Ingress/ns/default");
}

TEST(Router, ARefusalIsARouteLikeAnyOther) {
  api::Route refused = proxy(kAll, "/_synapse/admin", "");
  refused.action = api::Refusal{403};
  const Router router = router_of({host("hs.test", {proxy(kAll, "/", "site"), refused})}, "fallback");
  EXPECT_EQ(outcome(router, Listener::https, "hs.test", "/_synapse/admin/v1?x"), "refused 403");
  EXPECT_EQ(outcome(router, Listener::https, "hs.test", "/_synapse/adminx"), "site");
  const Match match = router.match(Listener::https, "hs.test", "/_synapse/admin");
  EXPECT_EQ(match.proxy, nullptr);
  EXPECT_EQ(match.answer, nullptr);
  EXPECT_EQ(match.route->path, "/_synapse/admin");
}

TEST(Router, NoPathIsForwardedThatALenientServerReadsAsAnotherRoutes) {
  const Router router = router_of({host("hs.test", {proxy(kAll, "/_matrix", "hs"), proxy(kAll, "/", "site"),
                                                    proxy(kAll, "/_matrix/client/v3/login", "login")}),
                                   host("bare.test", {proxy(kAll, "/_matrix", "hs")}),
                                   host("site.test", {proxy(kAll, "/", "site")})});
  struct Case {
    const char* name;
    const char* target;
    const char* expected;
  };
  const Case cases[] = {
      {"bare.test", "/_matrix/../_synapse/admin/v1/users", "escapes"},
      {"bare.test", "/_matrix/%2e%2e/_synapse/admin", "escapes"},
      {"bare.test", "/_matrix/%2E./_synapse/admin", "escapes"},
      {"bare.test", "/_matrix/.%2e/_synapse/admin", "escapes"},
      {"bare.test", "/_matrix/%252e%252e/_synapse/admin", "escapes"},
      {"bare.test", "/_matrix/x/..%2f..", "escapes"},
      {"bare.test", "/_matrix/x/..%2f..%2f_synapse", "escapes"},
      {"bare.test", "/_matrix/a%2f../../_synapse", "escapes"},
      {"bare.test", "/_matrix/a%2fb/../../_synapse", "escapes"},
      {"bare.test", "/_matrix/..\\_synapse", "escapes"},
      {"bare.test", "/_matrix/..%5c_synapse", "escapes"},
      {"bare.test", "/_matrix/a//..//../_synapse", "escapes"},
      {"bare.test", "/_matrix/..;/_synapse", "escapes"},
      {"bare.test", "/_matrix/..;a=b/_synapse", "escapes"},
      {"bare.test", "/_matrix/..", "escapes"},
      {"bare.test", "/_matrix/../_matrixx", "escapes"},
      // what stays within its route is left as it is
      {"bare.test", "/_matrix/", "hs"},
      {"bare.test", "/_matrix/client/../federation", "hs"},
      {"bare.test", "/_matrix/../_matrix/x", "hs"},
      {"bare.test", "/_matrix//client", "hs"},
      {"bare.test", "/_matrix/./client", "hs"},
      {"bare.test", "/_matrix/...", "hs"},
      {"bare.test", "/_matrix/..x/%2e%2ey", "hs"},
      {"bare.test", "/_matrix/client/v3/rooms/!r:h/event/$a%2F..%2Fb", "hs"},
      {"bare.test", "/_matrix/client/v3/directory/room/%23..:h", "hs"},
      {"bare.test", "/_matrix/x?a=/../../_synapse", "hs"},
      {"bare.test", "/_matrix/zz%zz%2", "hs"},
      // another route of the host
      {"hs.test", "/_matrix/../x", "escapes"},
      {"hs.test", "/x/../_matrix/client", "escapes"},
      {"hs.test", "//_matrix//client", "escapes"},
      {"hs.test", "/_matrix//client/v3//login", "escapes"},
      {"hs.test", "/_matrix/client/v3/x/../login", "escapes"},
      {"hs.test", "/_matrix/client/v3/login/../rooms", "escapes"},
      {"hs.test", "/x%2f..%2f_matrix", "escapes"},
      {"hs.test", "/x/../y", "site"},
      {"hs.test", "//x//y", "site"},
      {"hs.test", "/%5fmatrix/client", "site"},  // bytes decide
      {"hs.test", "/_matrix%2Fclient", "site"},
      {"site.test", "/../../etc/passwd", "site"},
      {"site.test", "//", "site"},
      {"site.test", "/..", "site"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(outcome(router, Listener::https, c.name, c.target), c.expected) << c.name << c.target;
  }
}

TEST(Router, NoWayOfWritingItLeadsToARefusedPath) {
  api::Route refused = proxy(kAll, "/_synapse/admin", "");
  refused.action = api::Refusal{403};
  const Router router = router_of({host("hs.test", {proxy(kAll, "/", "site"), refused})});
  for (const char* target :
       {"/_synapse/%61dmin", "/%5Fsynapse/admin/v1", "/_synapse%2fadmin", "/_synapse%2Fadmin/x",
        "//_synapse/admin", "/_synapse//admin", "/_synapse/./admin", "/x/../_synapse/admin",
        "/_synapse\\admin", "/_synapse%5cadmin", "/_synapse/%2561dmin", "/_synapse/admin%2f"}) {
    EXPECT_EQ(outcome(router, Listener::https, "hs.test", target), "escapes") << target;
  }
  for (const char* target : {"/_synapse/%62dmin", "/_synapse/admi%6f", "/x%2Fy", "/_synapse/adminx"}) {
    EXPECT_EQ(outcome(router, Listener::https, "hs.test", target), "site") << target;
  }
}

TEST(Router, WhatIsNoHostNameGoesNowhere) {
  const Router router = router_of({}, "default");
  EXPECT_EQ(outcome(router, Listener::http, "other.test", "/"), "default");
  EXPECT_EQ(router.match(Listener::http, "", "/").kind, Kind::no_host);
}

TEST(Router, CutsTheQueryAndAnswersWithTheRoutesOwner) {
  api::Route fixed{kAll, api::PathType::exact, "/.well-known/matrix/server", api::FixedAnswer{},
                   "PalpoHomeserver/ns/hs"};
  std::get<api::FixedAnswer>(fixed.action).body = "{}";
  const Router router = router_of({host("hs.test", {fixed})});
  EXPECT_EQ(outcome(router, Listener::https, "hs.test", "/.well-known/matrix/server?x=/y?z"), "answer {}");
  const Match match = router.match(Listener::https, "hs.test", "/.well-known/matrix/server");
  EXPECT_EQ(match.route->owner, "PalpoHomeserver/ns/hs");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->path, "/.well-known/matrix/server");
  EXPECT_EQ(match.proxy, nullptr);
}

TEST(Router, VersionsAreIndependentAndShareHosts) {
  const Router before =
      router_of({host("a.test", {proxy(kAll, "/", "a")}), host("b.test", {proxy(kAll, "/", "b")})});
  Router after = before;
  after.put(compile_host(sealed(host("a.test", {proxy(kAll, "/", "a2")}))));
  after.drop("b.test");
  EXPECT_EQ(outcome(before, Listener::https, "a.test", "/"), "a");
  EXPECT_EQ(outcome(before, Listener::https, "b.test", "/"), "b");
  EXPECT_EQ(outcome(after, Listener::https, "a.test", "/"), "a2");
  EXPECT_EQ(outcome(after, Listener::https, "b.test", "/"), "no host");
  Router same = before;
  EXPECT_EQ(same.find_host("a.test"), before.find_host("a.test"));
}

}  // namespace
}  // namespace palpo::routing
