// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/kinds.h"

#include <gtest/gtest.h>

#include "controller/kube/json_reader.h"

namespace palpo::kube {
namespace {

Decoded decode(Kind kind, std::string_view json, bool strict = true) {
  const auto document =
      read_json(json, kMaxAnswerDepth, strict ? RepeatedKeys::refused : RepeatedKeys::last_wins);
  return document.fault.found() ? Decoded(document.fault) : decode_object(kind, *document.root, strict);
}

template <class T>
std::shared_ptr<const T> good(Kind kind, std::string_view json, bool strict = true) {
  auto decoded = decode(kind, json, strict);
  if (auto* const object = std::get_if<Object>(&decoded)) return std::get<std::shared_ptr<const T>>(*object);
  const auto* const broken = std::get_if<BrokenObject>(&decoded);
  ADD_FAILURE() << (broken ? broken->fault : std::get<Fault>(decoded)).text();
  return std::make_shared<T>();
}

std::string fault_of(Kind kind, std::string_view json, bool strict) {
  const auto decoded = decode(kind, json, strict);
  if (const auto* const fault = std::get_if<Fault>(&decoded)) return "error: " + fault->text();
  const auto* const broken = std::get_if<BrokenObject>(&decoded);
  return broken == nullptr ? "" : broken->fault.text();
}

TEST(Kinds, TableAgreesWithItself) {
  for (const Kind kind : kAllKinds) {
    EXPECT_EQ(find_kind(info(kind).api_version, info(kind).name), kind);
  }
  EXPECT_EQ(find_kind("v1", "ConfigMap"), std::nullopt);
  EXPECT_EQ(find_kind("networking.k8s.io/v1beta1", "Ingress"), std::nullopt);
}

constexpr std::string_view kFullIngress = R"({
  "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
  "metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "resourceVersion": "77", "generation": 3,
    "creationTimestamp": "2026-01-31T12:00:00Z", "labels": {"a": "b"}, "annotations": {"kubernetes.io/ingress.class": "x"},
    "generateName": "web-", "selfLink": "", "finalizers": ["f"], "deletionTimestamp": "2026-02-01T00:00:00Z",
    "deletionGracePeriodSeconds": 0,
    "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "q", "controller": true, "blockOwnerDeletion": false}],
    "managedFields": [{"manager": "kubectl", "operation": "Apply", "apiVersion": "networking.k8s.io/v1",
      "time": "2026-01-31T12:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:rules": {}}}, "subresource": "status"}]},
  "spec": {"ingressClassName": "palpo",
    "defaultBackend": {"resource": {"apiGroup": "k8s.example.com", "kind": "Bucket", "name": "icons"}},
    "tls": [{"hosts": ["a.example", "b.example"], "secretName": "cert"}, {}],
    "rules": [{"host": "a.example", "http": {"paths": [
        {"path": "/x", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 8008}}}},
        {"path": "/y", "pathType": "Exact", "backend": {"service": {"name": "s", "port": {"name": "web"}}}},
        {"pathType": "ImplementationSpecific", "backend": {"service": {"name": "t", "port": {"number": 1}}}}]}},
      {"host": null}]},
  "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1", "ports": [{"port": 443, "protocol": "TCP", "error": "e"}]},
    {"hostname": "lb.example"}]}}})";

TEST(DecodeIngress, ReadsEveryFieldStrictly) {
  const auto ingress = good<Ingress>(Kind::ingress, kFullIngress);
  EXPECT_EQ(ingress->meta.key.text(), "shop/web");
  EXPECT_EQ(ingress->meta.uid, "u-1");
  EXPECT_EQ(ingress->meta.resource_version, "77");
  EXPECT_EQ(ingress->meta.generation, 3);
  EXPECT_EQ(ingress->meta.creation_timestamp, "2026-01-31T12:00:00Z");
  EXPECT_EQ(ingress->meta.labels.at("a"), "b");
  EXPECT_EQ(ingress->meta.annotations.at(std::string(kClassAnnotation)), "x");
  EXPECT_TRUE(ingress->meta.deleting);
  EXPECT_EQ(ingress->class_name, "palpo");
  EXPECT_EQ(ingress->default_backend, (IngressBackend{"", 0, "Bucket/icons"}));
  ASSERT_EQ(ingress->tls.size(), 2U);
  EXPECT_EQ(ingress->tls[0], (IngressTls{{"a.example", "b.example"}, "cert"}));
  EXPECT_EQ(ingress->tls[1], IngressTls{});
  ASSERT_EQ(ingress->rules.size(), 2U);
  EXPECT_EQ(ingress->rules[0], (IngressRule{"a.example",
                                            {{"/x", IngressPathType::prefix, {"s", 8008, ""}},
                                             {"/y", IngressPathType::exact, {"s", "web", ""}},
                                             {"", IngressPathType::implementation_specific, {"t", 1, ""}}}}));
  EXPECT_EQ(ingress->rules[1], IngressRule{});
  EXPECT_EQ(ingress->meta.status_managers, std::vector<std::string>{"kubectl"});
  EXPECT_EQ(ingress->status.addresses,
            (std::vector<LoadBalancerAddress>{{"192.0.2.1", ""}, {"", "lb.example"}}));
}

TEST(DecodeIngress, AbsentClassIsNotAnEmptyOne) {
  EXPECT_FALSE(good<Ingress>(Kind::ingress, R"({"metadata":{"name":"a"}})")->class_name.has_value());
}

TEST(DecodeIngressClass, ReadsTheController) {
  const auto found = good<IngressClass>(Kind::ingress_class, R"({"apiVersion":"networking.k8s.io/v1",
    "kind":"IngressClass","metadata":{"name":"palpo","annotations":{"ingressclass.kubernetes.io/is-default-class":"true"}},
    "spec":{"controller":"palpo.im/ingress-controller","parameters":{"apiGroup":"g","kind":"k","name":"n",
    "scope":"Namespace","namespace":"x"}}})");
  EXPECT_EQ(found->controller, "palpo.im/ingress-controller");
  EXPECT_EQ(found->meta.key.text(), "palpo");
}

TEST(DecodeService, ReadsEveryFieldStrictly) {
  const auto service =
      good<Service>(Kind::service, R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},
    "spec":{"ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":"web","nodePort":30000,"appProtocol":"http"},
      {"port":81,"targetPort":8081}],
     "selector":{"app":"s"},"clusterIP":"None","clusterIPs":["None"],"type":"LoadBalancer","externalIPs":["192.0.2.7"],
     "sessionAffinity":"ClientIP","loadBalancerIP":"192.0.2.8","loadBalancerSourceRanges":["0.0.0.0/0"],
     "externalName":"","externalTrafficPolicy":"Local","healthCheckNodePort":1,"publishNotReadyAddresses":true,
     "sessionAffinityConfig":{"clientIP":{"timeoutSeconds":5}},"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack",
     "allocateLoadBalancerNodePorts":false,"loadBalancerClass":"c","internalTrafficPolicy":"Cluster",
     "trafficDistribution":"PreferClose"},
    "status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.9","ipMode":"VIP"}]},
     "conditions":[{"type":"t","status":"True","observedGeneration":1,"lastTransitionTime":"x","reason":"r","message":"m"}]}})");
  EXPECT_EQ(service->type, "LoadBalancer");
  EXPECT_EQ(service->cluster_ip, "None");
  EXPECT_EQ(service->external_ips, std::vector<std::string>{"192.0.2.7"});
  EXPECT_EQ(service->ports, (std::vector<ServicePort>{{"http", 80, "TCP", "web"}, {"", 81, "TCP", 8081}}));
  EXPECT_TRUE(service->has_selector);
  EXPECT_EQ(service->load_balancer, (std::vector<LoadBalancerAddress>{{"192.0.2.9", ""}}));
}

TEST(DecodeEndpointSlice, NilConditions) {
  const auto slice = good<EndpointSlice>(Kind::endpoint_slice, R"({"apiVersion":"discovery.k8s.io/v1",
    "kind":"EndpointSlice","metadata":{"name":"s-1","labels":{"kubernetes.io/service-name":"s"}},"addressType":"IPv4",
    "endpoints":[{"addresses":["10.0.0.1"]},
     {"addresses":["10.0.0.2"],"conditions":{"ready":false}},
     {"addresses":["10.0.0.3"],"conditions":{"ready":false,"serving":true,"terminating":true},"hostname":"h",
      "targetRef":{"kind":"Pod","namespace":"n","name":"p","uid":"u","resourceVersion":"1","fieldPath":"f","apiVersion":"v1"},
      "deprecatedTopology":{"a":"b"},"nodeName":"n","zone":"z","hints":{"forZones":[{"name":"z"}],"forNodes":[{"name":"n"}]}}],
    "ports":[{"name":"http","port":8008,"protocol":"TCP","appProtocol":"http"},{"name":null,"port":null}]})");
  EXPECT_EQ(slice->service, "s");
  EXPECT_EQ(slice->address_type, "IPv4");
  ASSERT_EQ(slice->endpoints.size(), 3U);
  EXPECT_EQ(slice->endpoints[0], (SliceEndpoint{{"10.0.0.1"}, true, true, false}));
  EXPECT_EQ(slice->endpoints[1], (SliceEndpoint{{"10.0.0.2"}, false, false, false}));
  EXPECT_EQ(slice->endpoints[2], (SliceEndpoint{{"10.0.0.3"}, false, true, true}));
  EXPECT_EQ(slice->ports, (std::vector<SlicePort>{{"http", 8008, "TCP"}, {"", 0, "TCP"}}));
}

TEST(DecodeSecret, DataIsBase64) {
  const auto secret =
      good<Secret>(Kind::secret, R"({"metadata":{"name":"c"},"type":"kubernetes.io/tls","immutable":true,
    "data":{"tls.crt":"Q0VSVA==","tls.key":"S0VZ\nMQ==","ca.crt":""}})");
  EXPECT_EQ(secret->type, "kubernetes.io/tls");
  EXPECT_EQ(secret->tls_crt, "CERT");
  ASSERT_NE(secret->tls_key, nullptr);
  EXPECT_EQ(secret->tls_key->reveal(), "KEY1");
}

TEST(DecodeSecret, StringDataWinsAndAbsentKeyIsNull) {
  const auto secret = good<Secret>(Kind::secret, R"({"metadata":{"name":"c"},"type":"kubernetes.io/tls",
    "data":{"tls.crt":"Q0VSVA=="},"stringData":{"tls.crt":"PLAIN"}})");
  EXPECT_EQ(secret->tls_crt, "PLAIN");
  EXPECT_EQ(secret->tls_key, nullptr);
  EXPECT_EQ(good<Secret>(Kind::secret, R"({"metadata":{"name":"c"}})")->type, "Opaque");
}

constexpr std::string_view kFullHomeserver = R"({"apiVersion":"palpo.im/v1alpha1","kind":"PalpoHomeserver",
  "metadata":{"name":"hs","namespace":"m"},
  "spec":{"serverName":"example.org","host":"matrix.example.org","ingressClassName":"palpo",
   "backend":{"service":{"name":"synapse","port":8008}},
   "tls":{"secretName":"cert","hosts":[{"host":"example.org","secretName":"apex"}]},
   "wellKnown":{"client":{"z":1,"a":{"b":[true,null,1.5]}},"server":{}}},
  "status":{"observedGeneration":4,"conditions":[{"type":"Ready","status":"True","observedGeneration":4,
   "lastTransitionTime":"2026-01-31T12:00:00Z","reason":"Programmed","message":"ok"}]}})";

TEST(DecodeHomeserver, ReadsEveryFieldStrictly) {
  const auto hs = good<Homeserver>(Kind::homeserver, kFullHomeserver);
  EXPECT_EQ(hs->server_name, "example.org");
  EXPECT_EQ(hs->effective_host(), "matrix.example.org");
  EXPECT_EQ(hs->class_name, "palpo");
  EXPECT_EQ(hs->service, "synapse");
  EXPECT_EQ(hs->port, PortRef(8008));
  EXPECT_EQ(hs->tls_secret, "cert");
  EXPECT_EQ(hs->tls_hosts, (std::vector<HostTls>{{"example.org", "apex"}}));
  EXPECT_EQ(hs->well_known_client, R"({"a":{"b":[true,null,1.5]},"z":1})");
  EXPECT_EQ(hs->well_known_server, "");
  EXPECT_EQ(hs->status.of().observed_generation, 4);
  EXPECT_EQ(hs->status.of().conditions,
            (std::vector<Condition>{{"Ready", "True", 4, "2026-01-31T12:00:00Z", "Programmed", "ok"}}));
}

TEST(DecodeHomeserver, PortMayBeAName) {
  EXPECT_EQ(good<Homeserver>(Kind::homeserver, R"({"metadata":{"name":"a"},"spec":{"serverName":"x",
    "backend":{"service":{"name":"s","port":"http"}}}})")
                ->port,
            PortRef("http"));
}

std::string ingress_with_path(const std::string& path) {
  return R"({"metadata":{"name":"a"},"spec":{"rules":[{"http":{"paths":[)" + path + "]}}]}}";
}
std::string homeserver_with(const std::string& spec) {
  return R"({"metadata":{"name":"a"},"spec":)" + spec + "}";
}

struct FaultCase {
  Kind kind;
  std::string json;
  std::string message;
  bool strict_only = false;
};

TEST(DecodeFaults, NameThePathAndWhatWasExpected) {
  const std::vector<FaultCase> cases{
      {Kind::ingress, "{", "error: not JSON: wrong near byte 2"},
      {Kind::ingress, "[]", "error: expected an object"},
      {Kind::ingress, R"({"metadata":{}})", "error: metadata.name: required"},
      {Kind::ingress, R"({"metadata":{"name":7}})", "error: metadata.name: required"},
      {Kind::ingress, R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}})",
       "error: expected networking.k8s.io/v1 Ingress, found v1 Pod"},
      {Kind::ingress, R"({"metadata":{"name":"a","labels":{"x":1}}})",
       "metadata.labels.x: expected a string"},
      {Kind::ingress, R"({"metadata":{"name":"a"},"spec":[]})", "spec: expected an object"},
      {Kind::ingress, R"({"metadata":{"name":"a"},"spec":{"rules":{}}})", "spec.rules: expected a list"},
      {Kind::ingress, R"({"metadata":{"name":"a"},"spec":{"tls":[{"hosts":["a",2]}]}})",
       "spec.tls[0].hosts[1]: expected a string"},
      {Kind::ingress,
       ingress_with_path(R"({"path":"/","backend":{"service":{"name":"s","port":{"number":1}}}})"),
       "spec.rules[0].http.paths[0].pathType: required"},
      {Kind::ingress, ingress_with_path(R"({"path":"x","pathType":"Exact","backend":{}})"),
       "spec.rules[0].http.paths[0].path: expected a path that begins with /"},
      {Kind::ingress, ingress_with_path(R"({"path":"/","pathType":"Regex","backend":{}})"),
       "spec.rules[0].http.paths[0].pathType: expected Exact, Prefix or ImplementationSpecific"},
      {Kind::ingress,
       ingress_with_path(R"({"path":"/","pathType":"Exact","backend":{"service":{"name":"s","port":{}}}})"),
       "spec.rules[0].http.paths[0].backend.service.port.number: required, or a name"},
      {Kind::ingress,
       ingress_with_path(
           R"({"path":"/","pathType":"Exact","backend":{"service":{"name":"s","port":{"number":0}}}})"),
       "spec.rules[0].http.paths[0].backend.service.port.number: expected a port number from 1 to 65535"},
      {Kind::service, R"({"metadata":{"name":"a"},"spec":{"type":"ExternalName"}})",
       "spec.externalName: required"},
      {Kind::service, R"({"metadata":{"name":"a"},"spec":{"ports":[{"port":65536}]}})",
       "spec.ports[0].port: expected a port number from 1 to 65535"},
      {Kind::secret, R"({"metadata":{"name":"a"},"data":{"tls.key":"###"}})",
       "data[\"tls.key\"]: expected base64"},
      {Kind::secret, R"({"metadata":{"name":"a"},"data":{"x":"YQ"}})", "data.x: expected base64"},
      {Kind::homeserver, homeserver_with(R"({"backend":{"service":{"name":"s","port":1}}})"),
       "spec.serverName: required"},
      {Kind::homeserver,
       homeserver_with(R"({"serverName":"x","backend":{"service":{"name":"s","port":true}}})"),
       "spec.backend.service.port: expected a number or a name"},
      {Kind::homeserver,
       homeserver_with(R"({"serverName":"x","backend":{"service":{"name":"s","port":70000}}})"),
       "spec.backend.service.port: expected a port number from 1 to 65535"},
      {Kind::homeserver, homeserver_with(R"({"serverName":"x","backend":{}})"),
       "spec.backend.service.name: required"},
      {Kind::homeserver,
       homeserver_with(
           R"({"serverName":"x","backend":{"service":{"name":"s","port":1}},"wellKnown":{"client":[]}})"),
       "spec.wellKnown.client: expected an object"},
      // unknown fields
      {Kind::ingress, R"({"metadata":{"name":"a","lables":{}}})", "metadata.lables: unknown field", true},
      {Kind::ingress, R"({"metadata":{"name":"a"},"sepc":{}})", "sepc: unknown field", true},
      {Kind::ingress,
       ingress_with_path(
           R"({"path":"/","pathType":"Exact","backend":{"service":{"name":"s","port":{"number":1,"nr":2}}}})"),
       "spec.rules[0].http.paths[0].backend.service.port.nr: unknown field", true},
      {Kind::homeserver,
       homeserver_with(R"({"serverName":"x","backend":{"service":{"name":"s","port":1}},"hosts":[]})"),
       "spec.hosts: unknown field", true},
      // what is not read has a type all the same
      {Kind::service, R"({"metadata":{"name":"a"},"spec":{"selector":{"app":1}}})",
       "spec.selector.app: expected a string", true},
      // repeated keys
      {Kind::ingress, R"({"metadata":{"name":"a"},"spec":{"rules":[{},{"host":"a","host":"b"}]}})",
       "error: mapping key \"host\" is repeated; it is already defined at line 1", true},
      {Kind::ingress, R"({"metadata":{"name":"A_b"}})", "error: metadata.name: not a valid object name",
       true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(fault_of(c.kind, c.json, true), c.message) << c.json;
    EXPECT_EQ(fault_of(c.kind, c.json, false), c.strict_only ? "" : c.message) << c.json;
  }
}

TEST(DecodeFaults, BrokenObjectKeepsItsMeta) {
  auto decoded = decode(Kind::homeserver, R"({"metadata":{"name":"a","namespace":"n","uid":"u"},"spec":{}})");
  const auto& broken = std::get<BrokenObject>(decoded);
  EXPECT_EQ(broken.kind, Kind::homeserver);
  EXPECT_EQ(broken.meta.key.text(), "n/a");
  EXPECT_EQ(broken.meta.uid, "u");
}

TEST(DecodeFaults, DeepNestingIsRefused) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_EQ(fault_of(Kind::ingress, deep, false), "error: the JSON nests deeper than 128 levels");
}

TEST(DecodeFaults, MessagesDoNotQuoteSecrets) {
  const auto message =
      fault_of(Kind::secret, R"({"metadata":{"name":"a"},"data":{"tls.key":"TOPSECRET"x)", false);
  EXPECT_EQ(message.find("TOPSECRET"), std::string::npos) << message;
}

TEST(Kinds, ANamespaceIsTerminatingByItsPhaseOrItsDeletion) {
  const auto terminating = [](const std::string& rest) {
    return good<Namespace>(Kind::namespace_, R"({"kind":"Namespace","apiVersion":"v1",)" + rest + "}")
        ->terminating;
  };
  EXPECT_FALSE(terminating(R"("metadata":{"name":"n"})"));
  EXPECT_FALSE(terminating(
      R"("metadata":{"name":"n"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"})"));
  EXPECT_TRUE(terminating(R"("metadata":{"name":"n"},"status":{"phase":"Terminating"})"));
  EXPECT_TRUE(terminating(R"("metadata":{"name":"n","deletionTimestamp":"2026-01-01T00:00:00Z"})"));
}

}  // namespace
}  // namespace palpo::kube
