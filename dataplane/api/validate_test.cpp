// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/validate.h"

#include <gtest/gtest.h>

#include "tests/support/test_pki.h"

namespace palpo::api {
namespace {

ListenerSet on(Listener listener) { return ListenerSet{}.with(listener); }

Route route(const std::string& path, PathType type = PathType::prefix) {
  return {.listeners = on(Listener::https),
          .type = type,
          .path = path,
          .action = ProxyTo{"c"},
          .owner = "Ingress/a/b"};
}

const tests::TestCertificate& certificate() {
  static tests::TestPki pki;
  static const auto made = pki.issue({"example.com"});
  return made;
}

// A valid snapshot's parts; each case breaks one.
struct Parts {
  Host host{.name = "example.com", .certificate = "tls", .routes = {route("/")}};
  Cluster cluster{.name = "c", .endpoints = {{"10.0.0.1", 80}, {"10.0.0.1", 81}, {"synapse.local", 80}}};
  Certificate tls{.name = "tls", .chain_pem = certificate().chain_pem, .key_id = certificate().key_id};
  Settings settings{.default_certificate = "tls", .default_route = default_route_to("c", "Ingress/a/b")};

  Snapshot snapshot() const {
    Snapshot made;
    made.hosts[host.name] = seal(host);
    made.clusters[cluster.name] = seal(cluster);
    made.certificates[tls.name] = seal(tls);
    made.settings = seal(settings);
    return made;
  }
};

std::string texts(const std::vector<Fault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += fault.resource.text() + ": " + fault.message + "\n";
  return text;
}

TEST(Validate, AValidSnapshotHasNoFault) {
  EXPECT_EQ(texts(validate(Parts().snapshot())), "");
  EXPECT_EQ(texts(validate(Snapshot{})), "");
}

struct Case {
  std::string name;
  std::function<void(Parts&)> change;
  std::string faults;  // all of them; empty: still valid
};

std::vector<Case> host_cases() {
  return {
      {"name", [](Parts& p) { p.host.name = "Example.com"; },
       "host Example.com: its name \"Example.com\" is not in lower case\n"},
      {"wildcard", [](Parts& p) { p.host.name = "*.example.com"; }, ""},
      {"certificate", [](Parts& p) { p.host.certificate = "other"; },
       "host example.com: its certificate \"other\" does not exist\n"},
      {"cluster", [](Parts& p) { p.host.routes[0].action = ProxyTo{"d"}; },
       "host example.com: route \"/\": its cluster \"d\" does not exist\n"},
      {"path", [](Parts& p) { p.host.routes[0].path = "a"; },
       "host example.com: route \"a\": its path does not begin with '/'\n"},
      {"no listener", [](Parts& p) { p.host.routes[0].listeners = {}; },
       "host example.com: route \"/\": it names no listener\n"},
      {"owner", [](Parts& p) { p.host.routes[0].owner = "a b"; },
       "host example.com: route \"/\": its owner \"a b\" may hold printable ASCII without blanks only\n"},
      {"same path", [](Parts& p) { p.host.routes.push_back(p.host.routes[0]); },
       "host example.com: route \"/\": another route of this host has the same prefix path on https\n"},
      {"trailing slash",
       [](Parts& p) {
         p.host.routes = {route("/a"), route("/a/")};
       },
       "host example.com: route \"/a/\": another route of this host has the same prefix path on https\n"},
      {"exact paths keep their slash",
       [](Parts& p) {
         p.host.routes = {route("/a", PathType::exact), route("/a/", PathType::exact)};
       },
       ""},
      {"exact beside prefix",
       [](Parts& p) {
         p.host.routes = {route("/a"), route("/a", PathType::exact)};
       },
       ""},
      {"other listener",
       [](Parts& p) {
         p.host.routes = {route("/a"), route("/a")};
         p.host.routes[1].listeners = on(Listener::federation);
       },
       ""},
      {"listeners overlap",
       [](Parts& p) {
         p.host.routes = {route("/a"), route("/a")};
         p.host.routes[1].listeners = on(Listener::federation).with(Listener::https);
       },
       "host example.com: route \"/a\": another route of this host has the same prefix path on https\n"},
      {"too many routes",
       [](Parts& p) {
         for (int i = 0; i < 10'000; ++i) p.host.routes.push_back(route("/" + std::to_string(i)));
       },
       "host example.com: it has 10001 routes; at most 10000 are allowed\n"},
  };
}

Case answer_case(const std::string& name, const FixedAnswer& answer, const std::string& fault) {
  return {name, [=](Parts& p) { p.host.routes[0].action = answer; },
          fault.empty() ? "" : "host example.com: route \"/\": " + fault + "\n"};
}

std::vector<Case> answer_cases() {
  return {
      answer_case("answer", {.content_type = "application/json", .cache_control = "no-store", .body = "{}"},
                  ""),
      answer_case("200", {.status = 200}, ""),
      answer_case("599", {.status = 599}, ""),
      answer_case("199", {.status = 199}, "its answer's status 199 is not within 200 and 599"),
      answer_case("600", {.status = 600}, "its answer's status 600 is not within 200 and 599"),
      answer_case("204", {.status = 204, .body = "x"}, "an answer with status 204 cannot have a body"),
      answer_case("content type", {.content_type = "a\r\nb"},
                  "its answer's content type \"a\\r\\nb\" may hold printable ASCII only: no line ends, no "
                  "control bytes"),
      answer_case("cache control", {.cache_control = "a\nb"},
                  "its answer's cache control \"a\\nb\" may hold printable ASCII only: no line ends, no "
                  "control bytes"),
      answer_case("largest body", {.body = std::string(65536, 'x')}, ""),
      answer_case("body", {.body = std::string(65537, 'x')},
                  "its answer's body is 65537 bytes long; at most 65536 are allowed"),
      answer_case("body bytes", {.body = "\xff"}, "its answer's body is not valid UTF-8"),
  };
}

Case refusal_case(const std::string& name, std::uint16_t status, const std::string& fault) {
  return {name, [=](Parts& p) { p.host.routes[0].action = Refusal{status}; },
          fault.empty() ? "" : "host example.com: route \"/\": " + fault + "\n"};
}

std::vector<Case> refusal_cases() {
  return {
      refusal_case("400", 400, ""),
      refusal_case("403", 403, ""),
      refusal_case("599", 599, ""),
      refusal_case("0", 0, "its refusal's status 0 is not within 400 and 599"),
      refusal_case("399", 399, "its refusal's status 399 is not within 400 and 599"),
      refusal_case("600", 600, "its refusal's status 600 is not within 400 and 599"),
  };
}

std::vector<Case> other_cases() {
  return {
      {"cluster name",
       [](Parts& p) {
         p.cluster.name = "c\n";
         p.host.routes[0].action = ProxyTo{"c\n"};
         p.settings.default_route = default_route_to("c\n");
       },
       "cluster c\n: its name \"c\\n\" may hold printable ASCII without blanks only\n"},
      {"no endpoints", [](Parts& p) { p.cluster.endpoints.clear(); }, ""},
      {"address and port",
       [](Parts& p) {
         p.cluster.endpoints = {{"10.0.0.256", 0}};
       },
       "cluster c: endpoint \"10.0.0.256\": its address is neither an IP address nor a DNS name\n"
       "cluster c: endpoint \"10.0.0.256\": its port 0 is not within 1 and 65535\n"},
      {"endpoints twice",
       [](Parts& p) {
         p.cluster.endpoints = {{"::1", 80}, {"::1", 80}};
       },
       "cluster c: its endpoints are not sorted and distinct at \"::1\"\n"},
      {"endpoints unsorted",
       [](Parts& p) {
         p.cluster.endpoints = {{"10.0.0.2", 80}, {"10.0.0.1", 80}};
       },
       "cluster c: its endpoints are not sorted and distinct at \"10.0.0.1\"\n"},
      {"key id", [](Parts& p) { p.tls.key_id = std::string(64, '0'); },
       "certificate tls: its key id \"" + std::string(64, '0') + "\" is not that of its first certificate, " +
           certificate().key_id + "\n"},
      {"chain", [](Parts& p) { p.tls.chain_pem = "hello"; },
       "certificate tls: tls.crt is not PEM: it has no '-----BEGIN CERTIFICATE-----' line\n"},
      {"chain bytes", [](Parts& p) { p.tls.chain_pem += "\xff"; },
       "certificate tls: its chain has bytes that are not UTF-8 text\n"},
      {"chain size", [](Parts& p) { p.tls.chain_pem += std::string(262'144, ' '); },
       "certificate tls: its chain is " + std::to_string(262'144 + certificate().chain_pem.size()) +
           " bytes long; at most 262144 are allowed\n"},
      {"default certificate", [](Parts& p) { p.settings.default_certificate = "x"; },
       "settings: its default certificate \"x\" does not exist\n"},
      {"default route", [](Parts& p) { p.settings.default_route = default_route_to("x"); },
       "settings: its default route's cluster \"x\" does not exist\n"},
      {"default owner", [](Parts& p) { p.settings.default_route->owner = "\n"; },
       "settings: its default route's owner \"\\n\" may hold printable ASCII without blanks only\n"},
      {"defaults", [](Parts& p) { p.settings.defaults.client_idle = std::chrono::milliseconds(0); },
       "settings: its defaults' client idle ms 0 is not within 1 and 86400000\n"},
      {"several at once",
       [](Parts& p) {
         p.host.certificate = "x";
         p.cluster.endpoints[0].port = 0;
       },
       "host example.com: its certificate \"x\" does not exist\ncluster c: endpoint \"10.0.0.1\": its "
       "port 0 is not within 1 and 65535\n"},
  };
}

// The whole check and that of the change from nothing find the same.
TEST(Validate, FaultsAreNamedInWords) {
  for (const auto& cases : {host_cases(), answer_cases(), refusal_cases(), other_cases()}) {
    for (const auto& each : cases) {
      Parts parts;
      each.change(parts);
      const auto snapshot = parts.snapshot();
      EXPECT_EQ(texts(validate(snapshot)), each.faults) << each.name;
      EXPECT_EQ(texts(validate_change(snapshot, diff(Snapshot{}, snapshot))), each.faults) << each.name;
    }
  }
}

TEST(Validate, AResourceIsFiledUnderItsName) {
  auto snapshot = Parts().snapshot();
  snapshot.hosts["other.example"] = snapshot.hosts.at("example.com");
  EXPECT_EQ(texts(validate(snapshot)),
            "host other.example: it is filed under this name, but its own is \"example.com\"\n");
}

TEST(Validate, ManyFaultsOfOneResourceAreCounted) {
  Parts parts;
  for (int i = 0; i < 100; ++i) parts.host.routes.push_back(route("no-slash-" + std::to_string(i)));
  const auto faults = validate(parts.snapshot());
  ASSERT_EQ(faults.size(), 21U);
  EXPECT_EQ(faults.back().message, "and 80 more faults");
}

TEST(ValidateChange, LooksAtWhatReferredToADrop) {
  Parts parts;
  parts.host.routes.push_back(route("/second"));
  const auto base = parts.snapshot();
  const auto change = [&](const std::vector<ResourceId>& drop, const std::vector<Ref<Host>>& put) {
    Delta delta;
    delta.drop = drop;
    delta.put_hosts = put;
    const auto next = apply(base, delta);
    EXPECT_TRUE(next.ok());
    EXPECT_EQ(texts(validate_change(*next, delta)), texts(validate(*next)));
    return texts(validate_change(*next, delta));
  };
  const ResourceId cluster{ResourceKind::cluster, "c"};
  const ResourceId tls{ResourceKind::certificate, "tls"};
  EXPECT_EQ(change({cluster}, {}),
            "host example.com: route \"/\": its cluster \"c\" does not exist\n"
            "host example.com: route \"/second\": its cluster \"c\" does not exist\n"
            "settings: its default route's cluster \"c\" does not exist\n");
  EXPECT_EQ(change({tls}, {}),
            "host example.com: its certificate \"tls\" does not exist\n"
            "settings: its default certificate \"tls\" does not exist\n");
  Host still = parts.host;
  still.certificate.reset();
  EXPECT_EQ(change({tls}, {seal(still)}), "settings: its default certificate \"tls\" does not exist\n");
  EXPECT_EQ(change({{ResourceKind::host, "example.com"}}, {}), "");
}

TEST(ValidateChange, DoesNotLookAtWhatIsUntouched) {
  Parts parts;
  parts.host.certificate = "missing";
  const auto base = parts.snapshot();
  Delta delta;
  delta.put_clusters = {seal(Cluster{.name = "new"})};
  EXPECT_EQ(texts(validate_change(*apply(base, delta), delta)), "");
}

}  // namespace
}  // namespace palpo::api
