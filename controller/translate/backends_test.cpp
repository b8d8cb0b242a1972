// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/backends.h"

#include <gtest/gtest.h>

#include "controller/translate/test_objects.h"

namespace palpo::translate {
namespace {

using namespace testing;
using Endpoints = std::vector<api::Endpoint>;

const BackendRef kByNumber{{"ns", "s"}, 80, ""};
const BackendRef kByName{{"ns", "s"}, std::string("http"), ""};

ResolvedBackend resolve(const store::ClusterState& state, const BackendRef& backend, Options options = {}) {
  return resolve_backend(backend, state, options);
}

void expect_reason(const ResolvedBackend& resolved, const std::string& reason, Severity severity) {
  EXPECT_TRUE(resolved.endpoints.empty());
  ASSERT_EQ(resolved.findings.size(), 1u);
  EXPECT_EQ(resolved.findings[0].reason, reason);
  EXPECT_EQ(resolved.findings[0].severity, severity);
  EXPECT_NE(resolved.findings[0].message.find("ns/s"), std::string::npos);
}

TEST(Backends, ANumberedAndANamedPortFindTheSlicesPort) {
  store::ClusterState state;
  put(state, service("ns", "s", {{"metrics", 9000, "TCP"}, {"http", 80, "UDP"}, {"http", 80, "TCP"}}));
  put(state,
      slice("ns", "s", "s-1", {"10.0.0.2", "10.0.0.1"}, {{"metrics", 9001, "TCP"}, {"http", 8008, "TCP"}}));
  const Endpoints both{{"10.0.0.1", 8008}, {"10.0.0.2", 8008}};
  EXPECT_EQ(resolve(state, kByNumber).endpoints, both);
  EXPECT_EQ(resolve(state, kByName).endpoints, both);
  EXPECT_TRUE(resolve(state, kByName).findings.empty());
  EXPECT_EQ(kByNumber.cluster(), "ns/s:80");
  EXPECT_EQ(kByName.cluster(), "ns/s:http");
}

TEST(Backends, AnUnnamedPortIsFoundByItsNumber) {
  store::ClusterState state;
  put(state, service("ns", "s", {{"", 80, "TCP"}}),
      slice("ns", "s", "s-1", {"10.0.0.1"}, {{"", 8008, "TCP"}}));
  EXPECT_EQ(resolve(state, kByNumber).endpoints, (Endpoints{{"10.0.0.1", 8008}}));
}

TEST(Backends, SlicesAddUpOverFamiliesAndPorts) {
  store::ClusterState state;
  auto six = slice("ns", "s", "s-6", {"2001:db8::1"}, {{"http", 8009, "TCP"}});
  six->address_type = "IPv6";
  auto name = slice("ns", "s", "s-n", {"pod.example"});
  name->address_type = "FQDN";
  put(state, service("ns", "s"), slice("ns", "s", "s-4", {"10.0.0.1", "10.0.0.1"}), six, name);
  put(state, slice("ns", "s", "s-other", {"10.0.0.9"}, {{"https", 8443, "TCP"}}));
  put(state, slice("ns", "s", "s-any", {"10.0.0.8"}, {{"http", 0, "TCP"}}));
  put(state, slice("ns", "s", "s-bad", {"not an address"}));
  EXPECT_EQ(resolve(state, kByNumber).endpoints,
            (Endpoints{{"10.0.0.1", 8008}, {"2001:db8::1", 8009}, {"pod.example", 8008}}));
}

TEST(Backends, ReadyElseServingWhileTerminatingElseNone) {
  struct Case {
    std::vector<kube::SliceEndpoint> endpoints;  // ready, serving, terminating
    Endpoints expected;
  };
  const std::vector<Case> cases{
      {{{{"10.0.0.1"}, true, true, false}, {{"10.0.0.2"}, false, true, true}}, {{"10.0.0.1", 8008}}},
      {{{{"10.0.0.1"}, false, false, false}, {{"10.0.0.2"}, false, true, true}}, {{"10.0.0.2", 8008}}},
      {{{{"10.0.0.1"}, false, true, false}}, {}},
      {{{{"10.0.0.1"}, false, false, true}}, {}},
  };
  for (const auto& wanted : cases) {
    store::ClusterState state;
    auto endpoints = slice("ns", "s", "s-1", {});
    endpoints->endpoints = wanted.endpoints;
    put(state, service("ns", "s"), endpoints);
    const auto resolved = resolve(state, kByNumber);
    EXPECT_EQ(resolved.endpoints, wanted.expected);
    if (wanted.expected.empty()) expect_reason(resolved, "NoEndpoints", Severity::info);
  }
}

TEST(Backends, ReadinessIsOfTheWholeServiceNotOfASlice) {
  store::ClusterState state;
  auto ending = slice("ns", "s", "s-1", {});
  ending->endpoints = {{{"10.0.0.1"}, false, true, true}};
  put(state, service("ns", "s"), ending, slice("ns", "s", "s-2", {"10.0.0.2"}));
  EXPECT_EQ(resolve(state, kByNumber).endpoints, (Endpoints{{"10.0.0.2", 8008}}));
}

TEST(Backends, WhatIsMissingIsNamed) {
  store::ClusterState state;
  expect_reason(resolve(state, kByNumber), "ServiceNotFound", Severity::warning);
  put(state, service("ns", "s", {{"other", 81, "TCP"}, {"http", 80, "UDP"}}));
  expect_reason(resolve(state, kByNumber), "PortNotFound", Severity::warning);
  expect_reason(resolve(state, kByName), "PortNotFound", Severity::warning);
  put(state, service("ns", "s"));
  expect_reason(resolve(state, kByNumber), "NoEndpoints", Severity::warning);
  auto selecting = service("ns", "s");
  selecting->has_selector = true;
  put(state, selecting);
  expect_reason(resolve(state, kByNumber), "NoEndpoints", Severity::info);
  put(state, slice("ns", "s", "s-1", {"10.0.0.1"}, {{"", 8008, "TCP"}, {"web", 8009, "TCP"}}));
  expect_reason(resolve(state, kByNumber), "PortNotFound", Severity::warning);
  EXPECT_NE(resolve(state, kByNumber).findings[0].message.find("are named \"\", \"web\""), std::string::npos)
      << resolve(state, kByNumber).findings[0].message;
  store::ClusterState broken;
  broken.apply(
      kube::Broke{{kube::Kind::service, service("ns", "s")->meta, {"spec.ports", "expected a list"}}});
  expect_reason(resolve(broken, kByNumber), "ServiceInvalid", Severity::warning);
}

TEST(Backends, AHeadlessServiceIsFollowedToItsSlices) {
  store::ClusterState state;
  auto headless = service("ns", "s");
  headless->cluster_ip = "None";
  put(state, headless, slice("ns", "s", "s-1", {"10.0.0.1"}));
  EXPECT_EQ(resolve(state, kByNumber).endpoints, (Endpoints{{"10.0.0.1", 8008}}));
}

TEST(Backends, AnExternalNameIsTheEndpoint) {
  const auto external = [](const std::string& name, std::vector<kube::ServicePort> ports) {
    auto object = service("ns", "s", std::move(ports));
    object->type = "ExternalName";
    object->external_name = name;
    return object;
  };
  const auto resolve_external = [&](const std::string& name, const BackendRef& backend,
                                    std::vector<kube::ServicePort> ports, bool local_backends) {
    store::ClusterState state;
    put(state, external(name, std::move(ports)));
    Options options;
    options.local_backends = local_backends;
    return resolve(state, backend, options);
  };
  EXPECT_EQ(resolve_external("HS.example.com.", kByNumber, {}, false).endpoints,
            (Endpoints{{"hs.example.com", 80}}));
  EXPECT_EQ(resolve_external("192.0.2.7", kByName, {{"http", 8008, "TCP"}}, false).endpoints,
            (Endpoints{{"192.0.2.7", 8008}}));
  const auto elsewhere =
      resolve_external("hs.example.com", kByNumber, {{"http", 80, "TCP", kube::PortRef(8080)}}, false);
  EXPECT_EQ(elsewhere.endpoints, (Endpoints{{"hs.example.com", 80}}));
  ASSERT_EQ(elsewhere.findings.size(), 1U);
  EXPECT_EQ(elsewhere.findings[0].reason, "PortTargetUnused");
  EXPECT_TRUE(resolve_external("hs.example.com", kByNumber, {{"http", 80, "TCP", kube::PortRef(80)}}, false)
                  .findings.empty());
  EXPECT_EQ(resolve_external("127.0.0.1", kByNumber, {}, true).endpoints, (Endpoints{{"127.0.0.1", 80}}));
  expect_reason(resolve_external("hs.example.com", kByName, {}, false), "PortNotFound", Severity::warning);
  expect_reason(resolve_external("", kByNumber, {}, false), "ServiceInvalid", Severity::warning);
  expect_reason(resolve_external("http://x", kByNumber, {}, false), "ServiceInvalid", Severity::warning);
  for (const auto* own :
       {"localhost", "127.0.0.53", "::1", "0.0.0.0", "169.254.169.254", "a.localhost", "::ffff:127.0.0.1"}) {
    SCOPED_TRACE(own);
    expect_reason(resolve_external(own, kByNumber, {}, false), "ServiceInvalid", Severity::warning);
  }
}

TEST(Backends, AResourceIsNoService) {
  store::ClusterState state;
  const BackendRef backend{{"ns", ""}, 0, "StorageBucket/x"};
  const auto resolved = resolve(state, backend);
  ASSERT_EQ(resolved.findings.size(), 1u);
  EXPECT_EQ(resolved.findings[0].reason, "ResourceBackendUnsupported");
  EXPECT_EQ(backend.cluster(), "ns/StorageBucket/x:resource");
}

}  // namespace
}  // namespace palpo::translate
