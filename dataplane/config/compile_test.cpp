// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/compile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dataplane/config/example_config.h"

namespace palpo::config {
namespace {

// A compiler and the snapshot it serves.
class CompileTest : public ::testing::Test {
 protected:
  Compilation attempt(const ExampleConfig& wanted) {
    const api::Delta delta = api::diff(serving_, wanted.snapshot);
    return compiler_.compile(serving_, wanted.snapshot, delta, wanted.version(), wanted.keys);
  }
  ConfigPtr compile(const ExampleConfig& wanted) {
    Compilation result = attempt(wanted);
    for (const auto& fault : result.faults) ADD_FAILURE() << fault.resource.text() << ": " << fault.message;
    if (result.config) serving_ = wanted.snapshot;
    return result.config;
  }
  static SSL_CTX* context(const ConfigPtr& config, const char* name) {
    return config->tls.choose(name).context;
  }
  static bool refused(const ConfigPtr& config, const char* name) {
    return config->tls.choose(name).kind == tls::TlsChoice::Kind::refuse;
  }
  static const RuntimeCluster* cluster(const ConfigPtr& config, const char* name) {
    const auto* found = config->clusters.find(name);
    return found == nullptr ? nullptr : found->get();
  }
  static std::string target(const ConfigPtr& config, const char* host) {
    const auto match = config->router.match(api::Listener::https, host, "/");
    return match.proxy == nullptr ? "none" : match.proxy->cluster;
  }

  Compiler compiler_;
  api::Snapshot serving_;
};

TEST_F(CompileTest, AnEmptyConfigurationServesTheSelfSignedCertificate) {
  const ConfigPtr config = compile({});
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(config->version, api::version_of({}));
  EXPECT_NE(context(config, "anything.test"), nullptr);
  EXPECT_NE(SSL_CTX_get0_certificate(context(config, "")), nullptr);
  EXPECT_NE(config->tls.hello(), nullptr);
  EXPECT_EQ(SSL_CTX_get0_certificate(config->tls.hello()), nullptr);
  ASSERT_NE(config->endpoint_ids, nullptr);
  EXPECT_TRUE(config->endpoint_ids->empty());
  EXPECT_EQ(config->router.match(api::Listener::https, "a.test", "/").kind, routing::Match::Kind::no_host);
}

TEST_F(CompileTest, AChangedClusterSharesEverythingElse) {
  ExampleConfig wanted;
  wanted.cluster("ns/a:1", {{"192.0.2.1", 1}, {"192.0.2.2", 1}});
  wanted.cluster("ns/b:1", {{"192.0.2.9", 1}});
  wanted.host("a.test", "ns/a:1", wanted.certificate("a"));
  wanted.host("b.test", "ns/b:1", wanted.certificate("b"));
  const ConfigPtr before = compile(wanted);
  wanted.cluster("ns/a:1", {{"192.0.2.2", 1}, {"192.0.2.3", 1}});
  const ConfigPtr after = compile(wanted);
  ASSERT_NE(before, after);
  EXPECT_EQ(after->version, wanted.version());
  for (const char* name : {"a.test", "b.test", "unknown.test"}) {
    EXPECT_EQ(context(before, name), context(after, name)) << name;
    EXPECT_EQ(before->router.find_host(name), after->router.find_host(name)) << name;
  }
  EXPECT_EQ(cluster(before, "ns/b:1"), cluster(after, "ns/b:1"));
  ASSERT_NE(cluster(before, "ns/a:1"), cluster(after, "ns/a:1"));

  // The address that stays keeps its id, the new one has a new one, the old configuration is as it was.
  const auto& old_endpoints = cluster(before, "ns/a:1")->endpoints;
  const auto& new_endpoints = cluster(after, "ns/a:1")->endpoints;
  EXPECT_EQ(old_endpoints[1].id, new_endpoints[0].id);
  EXPECT_EQ(before->endpoint_ids->size(), 3u);
  EXPECT_EQ(after->endpoint_ids->size(), 3u);
  EXPECT_EQ(std::count(before->endpoint_ids->begin(), before->endpoint_ids->end(), new_endpoints[1].id), 0);
  EXPECT_EQ(std::count(after->endpoint_ids->begin(), after->endpoint_ids->end(), old_endpoints[0].id), 0);
  EXPECT_TRUE(std::is_sorted(after->endpoint_ids->begin(), after->endpoint_ids->end()));
}

TEST_F(CompileTest, AnAddressThatMovesBetweenClustersKeepsItsId) {
  ExampleConfig wanted;
  wanted.cluster("ns/a:1", {{"192.0.2.1", 1}});
  const ConfigPtr before = compile(wanted);
  const auto id = cluster(before, "ns/a:1")->endpoints[0].id;
  wanted.snapshot.clusters.clear();
  wanted.cluster("ns/b:1", {{"192.0.2.1", 1}});
  const ConfigPtr after = compile(wanted);
  EXPECT_EQ(cluster(after, "ns/a:1"), nullptr);
  EXPECT_EQ(cluster(after, "ns/b:1")->endpoints[0].id, id);
  EXPECT_EQ(before->endpoint_ids, after->endpoint_ids);
}

TEST_F(CompileTest, AReplacedCertificateReachesAllHostsThatNameItAndNoOther) {
  ExampleConfig wanted;
  wanted.cluster("ns/hs:1", {});
  const auto shared = wanted.certificate("shared");
  wanted.host("one.test", "ns/hs:1", shared);
  wanted.host("two.test", "ns/hs:1", shared);
  wanted.host("other.test", "ns/hs:1", wanted.certificate("other"));
  wanted.default_certificate(shared);
  const ConfigPtr before = compile(wanted);
  EXPECT_EQ(context(before, "one.test"), context(before, "two.test"));
  EXPECT_EQ(context(before, "one.test"), context(before, "unknown.test"));  // it is the default one too
  EXPECT_NE(context(before, "one.test"), context(before, "other.test"));

  wanted.certificate("shared");  // renewed under its name
  const ConfigPtr after = compile(wanted);
  EXPECT_NE(context(before, "one.test"), context(after, "one.test"));
  EXPECT_EQ(context(after, "one.test"), context(after, "two.test"));
  EXPECT_EQ(context(after, "one.test"), context(after, "unknown.test"));
  EXPECT_EQ(context(before, "other.test"), context(after, "other.test"));
  EXPECT_EQ(before->router.find_host("one.test"), after->router.find_host("one.test"));
}

TEST_F(CompileTest, AHostThatChangesWithItsCertificateKeepsItsContext) {
  ExampleConfig wanted;
  wanted.cluster("ns/hs:1", {});
  wanted.cluster("ns/new:1", {});
  const auto name = wanted.certificate("a");
  wanted.host("a.test", "ns/hs:1", name);
  const ConfigPtr before = compile(wanted);
  wanted.host("a.test", "ns/new:1", name);
  const ConfigPtr after = compile(wanted);
  EXPECT_EQ(context(before, "a.test"), context(after, "a.test"));
  EXPECT_EQ(target(before, "a.test"), "ns/hs:1");
  EXPECT_EQ(target(after, "a.test"), "ns/new:1");
}

TEST_F(CompileTest, RemovalLeavesNothingBehind) {
  ExampleConfig wanted;
  wanted.cluster("ns/a:1", {{"192.0.2.1", 1}});
  wanted.cluster("ns/b:1", {{"192.0.2.2", 1}});
  wanted.host("a.test", "ns/a:1", wanted.certificate("a"));
  wanted.host("b.test", "ns/b:1", wanted.certificate("b"));
  ConfigPtr before = compile(wanted);
  wanted.snapshot.hosts.erase("a.test");
  wanted.snapshot.clusters.erase("ns/a:1");
  wanted.snapshot.certificates.erase("ns/a");
  const ConfigPtr after = compile(wanted);
  EXPECT_EQ(after->router.match(api::Listener::https, "a.test", "/").kind, routing::Match::Kind::no_host);
  EXPECT_EQ(context(after, "a.test"), context(after, "unknown.test"));
  EXPECT_EQ(cluster(after, "ns/a:1"), nullptr);
  EXPECT_EQ(after->endpoint_ids->size(), 1u);
  EXPECT_EQ(context(before, "b.test"), context(after, "b.test"));
  EXPECT_EQ(target(before, "a.test"), "ns/a:1");  // a request of then still finds its way

  std::weak_ptr<const RuntimeConfig> then = before;
  before.reset();
  EXPECT_TRUE(then.expired());
}

TEST_F(CompileTest, OwnersAreThoseOfTheRoutesThatAreServed) {
  using Owners = std::map<std::string, std::size_t>;
  const auto with_routes = [](std::vector<std::string> owners) {
    api::Host host;
    host.name = "a.test";
    for (auto& owner : owners)
      host.routes.push_back({{7}, api::PathType::prefix, "/" + owner, api::Refusal{}, std::move(owner)});
    return api::seal(std::move(host));
  };
  ExampleConfig wanted;
  wanted.snapshot.hosts["a.test"] = with_routes({"one", "two", ""});
  api::Settings settings;
  settings.default_route = api::default_route_to("c", "one");
  wanted.snapshot.settings = api::seal(settings);
  compile(wanted);
  EXPECT_EQ(compiler_.owners(), (Owners{{"one", 2}, {"two", 1}}));
  compile(wanted);
  EXPECT_EQ(compiler_.owners(), (Owners{{"one", 2}, {"two", 1}}));
  wanted.snapshot.hosts["a.test"] = with_routes({"two", "three"});
  wanted.snapshot.settings = api::seal(api::Settings{});
  compile(wanted);
  EXPECT_EQ(compiler_.owners(), (Owners{{"two", 1}, {"three", 1}}));
  wanted.snapshot.hosts.clear();
  compile(wanted);
  EXPECT_EQ(compiler_.owners(), Owners{});
}

TEST_F(CompileTest, HostsWithoutACertificateDoWhatTheySay) {
  ExampleConfig wanted;
  wanted.cluster("ns/hs:1", {});
  wanted.host("default.test", "ns/hs:1");
  wanted.host("refuse.test", "ns/hs:1", "", api::NoCertificate::refuse);
  const ConfigPtr before = compile(wanted);
  EXPECT_EQ(context(before, "default.test"), context(before, "unknown.test"));
  EXPECT_TRUE(refused(before, "refuse.test"));

  wanted.default_certificate(wanted.certificate("fallback"));
  wanted.host("refuse.test", "ns/hs:1", wanted.certificate("refuse"), api::NoCertificate::refuse);
  const ConfigPtr after = compile(wanted);
  EXPECT_NE(context(after, "default.test"), context(before, "default.test"));
  EXPECT_FALSE(refused(after, "refuse.test"));
  EXPECT_TRUE(refused(before, "refuse.test"));
}

TEST_F(CompileTest, TheSelfSignedCertificateIsMadeOnce) {
  const ConfigPtr before = compile({});
  ExampleConfig wanted;
  wanted.default_certificate(wanted.certificate("fallback"));
  const ConfigPtr configured = compile(wanted);
  const ConfigPtr after = compile({});
  EXPECT_NE(context(before, ""), context(configured, ""));
  EXPECT_EQ(context(before, ""), context(after, ""));
}

TEST_F(CompileTest, NamesEveryBadCertificateAndStandsWhereItStood) {
  ExampleConfig wanted;
  wanted.cluster("ns/hs:1", {{"192.0.2.1", 1}});
  wanted.host("a.test", "ns/hs:1", wanted.certificate("a"));
  const ConfigPtr before = compile(wanted);

  ExampleConfig bad = wanted;
  bad.cluster("ns/new:1", {{"192.0.2.7", 1}});
  for (const char* name : {"a", "b", "c"})
    bad.host(std::string(name) + ".test", "ns/hs:1", bad.certificate(name));
  bad.keys[bad.key_id("ns/b")] = bad.keys[bad.key_id("ns/a")];  // another's key
  bad.keys[bad.key_id("ns/c")] = key_of(bad.key_id("ns/c"), "no key at all");
  const Compilation refusal = attempt(bad);
  EXPECT_EQ(refusal.config, nullptr);
  ASSERT_EQ(refusal.faults.size(), 2u);
  EXPECT_EQ(refusal.faults[0].resource.text(), "certificate ns/b");
  EXPECT_NE(refusal.faults[0].message.find("does not match"), std::string::npos) << refusal.faults[0].message;
  EXPECT_EQ(refusal.faults[1].resource.text(), "certificate ns/c");
  EXPECT_NE(refusal.faults[1].message.find("private key"), std::string::npos) << refusal.faults[1].message;

  wanted.cluster("ns/other:1", {});
  const ConfigPtr after = compile(wanted);  // from the last good one, of which nothing was replaced
  EXPECT_EQ(context(before, "a.test"), context(after, "a.test"));
  EXPECT_EQ(before->endpoint_ids, after->endpoint_ids);
  EXPECT_EQ(cluster(after, "ns/new:1"), nullptr);
}

TEST_F(CompileTest, UnchangedResourcesInADeltaAreNotMadeAgain) {
  ExampleConfig wanted;
  wanted.cluster("ns/hs:1", {{"192.0.2.1", 1}});
  wanted.host("a.test", "ns/hs:1", wanted.certificate("a"));
  const ConfigPtr before = compile(wanted);
  const api::Delta all = api::diff({}, wanted.snapshot);
  const auto result = compiler_.compile(serving_, wanted.snapshot, all, wanted.version(), wanted.keys);
  ASSERT_NE(result.config, nullptr);
  EXPECT_EQ(context(before, "a.test"), context(result.config, "a.test"));
  EXPECT_EQ(before->router.find_host("a.test"), result.config->router.find_host("a.test"));
  EXPECT_EQ(cluster(before, "ns/hs:1"), cluster(result.config, "ns/hs:1"));
  EXPECT_EQ(before->endpoint_ids, result.config->endpoint_ids);
}

}  // namespace
}  // namespace palpo::config
