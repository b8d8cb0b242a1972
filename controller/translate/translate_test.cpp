// SPDX-License-Identifier: Apache-2.0
// What changes over time: the rules for one state are the golden cases in tests/golden/translate.
#include "controller/translate/translate.h"

#include <gtest/gtest.h>

#include "controller/translate/test_objects.h"
#include "dataplane/api/version.h"

namespace palpo::translate {
namespace {

using namespace testing;
using Strings = std::vector<std::string>;

class Translate : public ::testing::Test {
 protected:
  void SetUp() override {
    put(state, ingress_class("palpo", "palpo.im/ingress-controller"), service("m", "hs"),
        service("w", "web"));
    put(state, slice("m", "hs", "hs-1", {"10.0.0.1"}), slice("w", "web", "web-1", {"10.0.1.1"}));
  }
  const Translation& run() { return translator.translate(state, state.take_dirty()); }
  const Report& report(kube::Kind kind, const std::string& namespace_, const std::string& name) {
    return run().reports.at({kind, {namespace_, name}});
  }
  const Report& hs() { return report(kube::Kind::homeserver, "m", "hs"); }
  const Report& web() { return report(kube::Kind::ingress, "w", "web"); }
  const api::Host* host(const std::string& name) {
    const auto& hosts = run().snapshot.hosts;
    const auto it = hosts.find(name);
    return it == hosts.end() ? nullptr : &it->second->value;
  }
  void put_homeserver() { put(state, homeserver("m", "hs", "example.com", "matrix.example.com", "both")); }
  void put_ingress() {
    put(state, ingress("w", "web", {{"www.example.com", {path("/")}}}, {{{"www.example.com"}, "site"}}));
  }

  WallClock::time_point now = options_at().now();
  Options options = [this] {
    Options made;
    made.now = [this] { return now; };
    return made;
  }();
  store::ClusterState state{secret_fault};
  Translator translator{options};
};

TEST_F(Translate, AHomeserverFromItsFirstFormToItsRemoval) {
  put_homeserver();
  EXPECT_EQ(reasons(hs()), (Strings{"SecretNotFound", "SecretNotFound"}));
  EXPECT_FALSE(hs().certificates_ready);
  EXPECT_EQ(host("matrix.example.com")->no_certificate, api::NoCertificate::refuse);
  put(state, secret("m", "both"));
  EXPECT_EQ(reasons(hs()), Strings{});
  EXPECT_TRUE(hs().certificates_ready && hs().backends_ready && hs().accepted);
  EXPECT_EQ(host("matrix.example.com")->certificate, "m/both");
  EXPECT_EQ(run().keys->size(), 1u);
  EXPECT_EQ(hs().resources, (std::set<api::ResourceId>{{api::ResourceKind::host, "example.com"},
                                                       {api::ResourceKind::host, "matrix.example.com"},
                                                       {api::ResourceKind::cluster, "m/hs:80"},
                                                       {api::ResourceKind::certificate, "m/both"}}));
  state.apply(kube::Deleted{kube::Kind::homeserver, {"m", "hs"}});
  EXPECT_TRUE(run().snapshot.hosts.empty());
  EXPECT_TRUE(run().snapshot.clusters.empty());
  EXPECT_TRUE(run().snapshot.certificates.empty());
  EXPECT_TRUE(run().keys->empty());
  EXPECT_TRUE(run().reports.empty());
}

TEST_F(Translate, ACertificateThatTurnsBadGoesOnServing) {
  put(state, secret("m", "both"));
  put_homeserver();
  const auto chain = run().snapshot.certificates.at("m/both")->value.chain_pem;
  put(state, secret("m", "both", "both", "site"));
  EXPECT_EQ(reasons(hs()), Strings{"SecretInvalid"});
  EXPECT_NE(hs().findings[0].message.find("last good"), std::string::npos);
  EXPECT_FALSE(hs().certificates_ready);
  EXPECT_EQ(run().snapshot.certificates.at("m/both")->value.chain_pem, chain);
}

TEST_F(Translate, ACertificateWhoseSecretIsGoneGoesOnServingUntilItExpires) {
  put(state, secret("m", "both"));
  put_homeserver();
  const auto before = run().snapshot;
  EXPECT_TRUE(run().missing_certificates.empty());
  state.apply(kube::Deleted{kube::Kind::secret, {"m", "both"}});
  EXPECT_EQ(reasons(hs()).front(), "SecretNotFound");
  EXPECT_NE(hs().findings[0].message.find("last good certificate is used until 2125-01-01T00:00:00Z"),
            std::string::npos)
      << hs().findings[0].message;
  EXPECT_FALSE(hs().certificates_ready);
  EXPECT_EQ(version_of(run().snapshot), version_of(before)) << "nothing is to be published";
  EXPECT_EQ(run().keys->size(), 1u);
  EXPECT_TRUE(run().missing_certificates.empty());
  now = options_at("2125-01-01T00:00:00Z").now();
  EXPECT_EQ(host("matrix.example.com")->certificate, std::nullopt);
  EXPECT_EQ(reasons(hs()).front(), "SecretNotFound");
  EXPECT_EQ(hs().findings[0].message.find("last good"), std::string::npos);
  EXPECT_TRUE(run().snapshot.certificates.empty());
  EXPECT_TRUE(run().keys->empty());
}

TEST_F(Translate, ASecretThatIsCreatedAnewReplacesTheLostOne) {
  put(state, secret("m", "both"));
  put_homeserver();
  run();
  state.apply(kube::Deleted{kube::Kind::secret, {"m", "both"}});
  run();
  put(state, secret("m", "both", "wildcard", "wildcard"),
      homeserver("m", "hs", "a.example.com", "b.example.com", "both"));
  EXPECT_EQ(reasons(hs()), Strings{});
  EXPECT_EQ(run().keys->size(), 1u);
  EXPECT_TRUE(state.lost_secrets().empty());
}

TEST_F(Translate, ARecalledCertificateIsServedWithTheKeyThatTheDataPlaneHas) {
  put(state, secret("m", "both"));
  put_homeserver();
  const auto before = run().snapshot;
  const auto chain = before.certificates.at("m/both")->value.chain_pem;
  // Another process, which knows nothing of the Secret.
  store::ClusterState fresh{secret_fault};
  Translator other{options_at("2026-06-01T00:00:00Z")};
  put(fresh, ingress_class("palpo", "palpo.im/ingress-controller"), service("m", "hs"), service("w", "web"));
  put(fresh, slice("m", "hs", "hs-1", {"10.0.0.1"}), slice("w", "web", "web-1", {"10.0.1.1"}));
  put(fresh, state.all<kube::Homeserver>().begin()->second);
  const auto translated = [&]() -> const Translation& { return other.translate(fresh, fresh.take_dirty()); };
  EXPECT_EQ(translated().missing_certificates, std::set<std::string>{"m/both"});
  EXPECT_TRUE(translated().snapshot.certificates.empty());
  fresh.recall_secret({"m", "both"}, chain);
  EXPECT_EQ(version_of(translated().snapshot), version_of(before));
  EXPECT_TRUE(translated().missing_certificates.empty());
  const auto& keys = *translated().keys;
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys.begin()->second, nullptr) << "only the data plane has it";
  put(fresh, secret("m", "both"));
  EXPECT_NE(translated().keys->begin()->second, nullptr);
  EXPECT_EQ(version_of(translated().snapshot), version_of(before));
}

TEST_F(Translate, ARenewedCertificateReplacesItsKey) {
  put(state, secret("m", "both"));
  put_homeserver();
  const auto key = run().keys->begin()->first;
  auto renewed = secret("m", "both", "wildcard", "wildcard");
  put(state, renewed, homeserver("m", "hs", "a.example.com", "b.example.com", "both"));
  EXPECT_EQ(run().keys->size(), 1u);
  EXPECT_NE(run().keys->begin()->first, key);
}

TEST_F(Translate, TimePassesOverCertificates) {
  put(state, secret("m", "both"));
  put_homeserver();
  now = options_at("2024-12-31T23:59:59Z").now();
  store::ClusterState::Dirty all;
  all.all = true;
  translator.translate(state, all);
  EXPECT_EQ(reasons(hs()), Strings{"CertificateNotYetValid"});
  EXPECT_EQ(host("matrix.example.com")->certificate, "m/both");
  now = options_at("2025-01-01T00:00:00Z").now();
  EXPECT_EQ(reasons(hs()), Strings{});
  now = options_at("2125-01-01T00:00:00Z").now();
  EXPECT_EQ(reasons(hs()), Strings{"CertificateExpired"});
  EXPECT_FALSE(hs().certificates_ready);
  EXPECT_EQ(host("matrix.example.com")->certificate, "m/both");  // a late certificate says more than none
}

TEST_F(Translate, WhatWasOursAndIsOfAnotherClass) {
  put_ingress();
  EXPECT_TRUE(web().ours);
  EXPECT_NE(host("www.example.com"), nullptr);
  auto moved = ingress("w", "web", {{"www.example.com", {path("/")}}});
  moved->class_name = "nginx";
  put(state, moved);
  EXPECT_FALSE(web().ours);
  EXPECT_TRUE(web().resources.empty());
  EXPECT_EQ(host("www.example.com"), nullptr);
  put_ingress();
  EXPECT_TRUE(web().ours);
  state.apply(kube::Deleted{kube::Kind::ingress_class, {"", "palpo"}});
  EXPECT_FALSE(web().ours);
  EXPECT_EQ(host("www.example.com"), nullptr);
  // Where classes cannot be read, though all else can, their names decide.
  for (const auto kind :
       {kube::Kind::ingress, kube::Kind::service, kube::Kind::endpoint_slice, kube::Kind::secret})
    state.apply(kube::Replaced{kind, {}, {}});
  put_ingress();
  state.apply(kube::Unreadable{kube::Kind::ingress_class, true, "forbidden"});
  EXPECT_TRUE(web().ours);
  EXPECT_NE(host("www.example.com"), nullptr);
}

TEST_F(Translate, ClassesOfIngresses) {
  struct Case {
    std::optional<std::string> class_name;
    std::string annotation;
    bool ours;
  };
  put(state, ingress_class("mine-too", "palpo.im/ingress-controller"),
      ingress_class("nginx", "k8s.io/ingress-nginx"));
  for (const auto& wanted : std::vector<Case>{{"palpo", "", true},
                                              {"mine-too", "", true},
                                              {"nginx", "", false},
                                              {"unknown", "", false},
                                              {std::nullopt, "", false},
                                              {std::nullopt, "palpo", true},
                                              {std::nullopt, "mine-too", true},
                                              {std::nullopt, "nginx", false},
                                              {"nginx", "palpo", false},
                                              {"palpo", "nginx", true}}) {
    SCOPED_TRACE(wanted.class_name.value_or("-") + " " + wanted.annotation);
    auto object = ingress("w", "web", {{"www.example.com", {path("/")}}});
    object->class_name = wanted.class_name;
    if (!wanted.annotation.empty())
      object->meta.annotations["kubernetes.io/ingress.class"] = wanted.annotation;
    put(state, object);
    EXPECT_EQ(web().ours, wanted.ours);
  }
}

TEST_F(Translate, ClassesOfHomeservers) {
  put(state, ingress_class("mine-too", "palpo.im/ingress-controller"),
      ingress_class("nginx", "k8s.io/ingress-nginx"));
  for (const auto& [name, ours] : std::map<std::string, bool>{
           {"", true}, {"palpo", true}, {"mine-too", true}, {"nginx", false}, {"unknown", false}}) {
    SCOPED_TRACE(name);
    auto object = homeserver("m", "hs", "example.com", "");
    object->class_name = name;
    put(state, object);
    EXPECT_EQ(hs().ours, ours);
  }
}

TEST_F(Translate, AnObjectThatTurnsUnreadableIsServedInItsLastGoodForm) {
  put(state, secret("m", "both"));
  put_homeserver();
  ASSERT_TRUE(hs().accepted);
  kube::BrokenObject broken{kube::Kind::homeserver, {}, {"spec.serverName", "expected a string"}};
  broken.meta.key = {"m", "hs"};
  broken.meta.generation = 9;
  state.apply(kube::Broke{broken});
  EXPECT_EQ(reasons(hs()), Strings{"InvalidSpec"});
  EXPECT_FALSE(hs().accepted);
  EXPECT_EQ(hs().generation, 9);
  EXPECT_NE(host("matrix.example.com"), nullptr);
}

TEST_F(Translate, EndpointsComeAndGo) {
  put(state, secret("m", "both"));
  put_homeserver();
  EXPECT_TRUE(hs().backends_ready);
  state.apply(kube::Deleted{kube::Kind::endpoint_slice, {"m", "hs-1"}});
  EXPECT_EQ(reasons(hs()), Strings{"NoEndpoints"});
  EXPECT_FALSE(hs().backends_ready);
  EXPECT_TRUE(run().snapshot.clusters.at("m/hs:80")->value.endpoints.empty());
  put(state, slice("m", "hs", "hs-2", {"10.0.0.2"}));
  EXPECT_EQ(reasons(hs()), Strings{});
  EXPECT_EQ(run().snapshot.clusters.at("m/hs:80")->value.endpoints,
            (std::vector<api::Endpoint>{{"10.0.0.2", 8008}}));
}

TEST_F(Translate, TheNextOldestInheritsAServerName) {
  put(state, secret("m", "both"));
  put(state, homeserver("m", "hs", "example.com", "matrix.example.com", "both", "2026-01-02T00:00:00Z"));
  EXPECT_TRUE(hs().accepted);
  put(state, homeserver("a", "first", "example.com", "", "", "2026-01-01T00:00:00Z"));
  EXPECT_EQ(reasons(hs()), Strings{"ServerNameConflict"});
  EXPECT_EQ(hs().findings[0].message, "server name example.com is already served by PalpoHomeserver a/first");
  EXPECT_TRUE(hs().resources.empty());
  EXPECT_EQ(host("matrix.example.com"), nullptr);
  state.apply(kube::Deleted{kube::Kind::homeserver, {"a", "first"}});
  EXPECT_TRUE(hs().accepted);
  EXPECT_NE(host("matrix.example.com"), nullptr);
}

TEST_F(Translate, TheDefaultCertificateIsFollowed) {
  options.default_tls_secret = kube::ObjectKey{"infra", "default"};
  Translator with_default(options);
  const auto run_it = [&]() -> const Translation& {
    return with_default.translate(state, state.take_dirty());
  };
  EXPECT_EQ(run_it().snapshot.settings->value.default_certificate, std::nullopt);
  ASSERT_EQ(run_it().findings.size(), 1u);
  EXPECT_EQ(run_it().findings[0].reason, "SecretNotFound");
  put(state, secret("infra", "default", "wildcard", "wildcard"));
  EXPECT_EQ(run_it().snapshot.settings->value.default_certificate, "infra/default");
  EXPECT_TRUE(run_it().findings.empty());
  // A homeserver may use it where it covers the host.
  put(state, homeserver("m", "hs", "hs.example.com", "matrix.example.com"));
  EXPECT_EQ(run_it().snapshot.hosts.at("matrix.example.com")->value.certificate, "infra/default");
  EXPECT_TRUE(run_it().reports.at({kube::Kind::homeserver, {"m", "hs"}}).certificates_ready);
  put(state, secret("infra", "default", "other", "other"));
  EXPECT_EQ(run_it().snapshot.hosts.at("matrix.example.com")->value.certificate, std::nullopt);
  EXPECT_EQ(reasons(run_it().reports.at({kube::Kind::homeserver, {"m", "hs"}})),
            (Strings{"CertificateMissing", "CertificateMissing"}));
  state.apply(kube::Deleted{kube::Kind::secret, {"infra", "default"}});
  EXPECT_EQ(run_it().snapshot.settings->value.default_certificate, "infra/default");
  ASSERT_EQ(run_it().findings.size(), 1u);
  EXPECT_EQ(run_it().findings[0].reason, "SecretNotFound");
  now = options_at("2125-01-01T00:00:00Z").now();
  EXPECT_EQ(run_it().snapshot.settings->value.default_certificate, std::nullopt) << "expired";
  EXPECT_TRUE(run_it().keys->empty());
}

TEST_F(Translate, ATenantsExternalNameDoesNotReachTheIngressItself) {
  auto external = service("m", "hs");
  external->type = "ExternalName";
  external->external_name = "localhost";
  put(state, external);
  put_homeserver();
  EXPECT_TRUE(hs().backends_ready);
  options.local_backends = false;
  const auto strict = fresh(state, options);
  EXPECT_FALSE(strict.reports.at({kube::Kind::homeserver, {"m", "hs"}}).backends_ready);
  EXPECT_TRUE(strict.snapshot.clusters.at("m/hs:80")->value.endpoints.empty());
}

}  // namespace
}  // namespace palpo::translate
