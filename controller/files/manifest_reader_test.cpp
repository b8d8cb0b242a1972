// SPDX-License-Identifier: Apache-2.0
#include "controller/files/manifest_reader.h"

#include <gtest/gtest.h>

namespace palpo::files {
namespace {

using kube::Kind;

std::vector<std::string> faults_of(std::string_view text, std::string_view name = "hs.yaml") {
  std::vector<std::string> faults;
  for (const auto& fault : read_manifest(name, text).faults)
    faults.push_back(fault.where + ": " + fault.message);
  return faults;
}
std::string fault_of(std::string_view text, std::string_view name = "hs.yaml") {
  const auto faults = faults_of(text, name);
  EXPECT_EQ(faults.size(), 1u) << text;
  return faults.empty() ? "" : faults.front();
}
std::vector<std::string> objects_of(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const auto& fault : manifest.faults) ADD_FAILURE() << fault.where << ": " << fault.message;
  for (const auto& object : manifest.objects)
    names.push_back(object.where + " " + std::string(kube::info(kube::kind_of(object.object)).name) + " " +
                    kube::meta_of(object.object).key.text());
  return names;
}
using Texts = std::vector<std::string>;

constexpr std::string_view kTwo = R"(# a comment
---
apiVersion: palpo.im/v1alpha1
kind: PalpoHomeserver
metadata:
  name: hs
spec:
  serverName: example.org
  backend: {service: {name: synapse, port: 8008}}
---
---
apiVersion: v1
kind: Service
metadata: {name: synapse, namespace: matrix}
spec: {type: ExternalName, externalName: 127.0.0.1, ports: [{port: 8008}]}
...
)";

TEST(ManifestReader, ReadsEveryDocumentAndNamesItsLine) {
  const auto manifest = read_manifest("hs.yaml", kTwo);
  EXPECT_EQ(objects_of(manifest),
            (Texts{"hs.yaml:3 PalpoHomeserver default/hs", "hs.yaml:12 Service matrix/synapse"}));
  EXPECT_TRUE(manifest.complete());
  const auto& homeserver = *std::get<std::shared_ptr<const kube::Homeserver>>(manifest.objects[0].object);
  EXPECT_EQ(homeserver.server_name, "example.org");
  EXPECT_EQ(homeserver.port, kube::PortRef(8008));
  EXPECT_NE(manifest.objects[0].content, manifest.objects[1].content);
  EXPECT_EQ(manifest.objects[0].content, read_manifest("other.yaml", kTwo).objects[0].content);
}

TEST(ManifestReader, ReadsJsonWithLines) {
  const auto manifest =
      read_manifest("a.json",
                    "{\n\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n"
                    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\n"
                    "\"metadata\":{\"name\":\"\\u0061\"},\"spec\":{\"ports\":[{\"port\":1}]}}]}");
  EXPECT_EQ(objects_of(manifest), (Texts{"a.json:3 Service default/a"}));
  EXPECT_EQ(fault_of("{\"a\":1,\n\"b\":{\"c\":1,\n\"c\":2}}", "a.json"),
            "a.json:3: mapping key \"c\" is repeated; it is already defined at line 2");
  EXPECT_TRUE(fault_of("{\"a\":\n\n", "a.json").starts_with("a.json:3: "))
      << fault_of("{\"a\":\n\n", "a.json");
}

TEST(ManifestReader, ListsAreTakenApart) {
  EXPECT_EQ(objects_of(read_manifest("l.yaml", R"(kind: List
apiVersion: v1
metadata: {resourceVersion: ""}
items:
- apiVersion: v1
  kind: Service
  metadata: {name: a}
  spec: {ports: [{port: 1}]}
---
kind: ServiceList
apiVersion: v1
items:
- metadata: {name: b}
  spec: {ports: [{port: 1}]}
---
kind: List
apiVersion: v1
items:
)")),
            (Texts{"l.yaml:5 Service default/a", "l.yaml:13 Service default/b"}));
}

TEST(ManifestReader, OtherKindsAreListedNotRead) {
  const auto manifest = read_manifest("x.yaml", R"(apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {whatever: [it, is]}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: ns}
stringData: {a: b, tls.crt: c, tls.key: d}
)");
  // A Secret of another type is known by its type, for whoever names it, and holds nothing.
  EXPECT_EQ(objects_of(manifest), (Texts{"x.yaml:6 Secret ns/s"}));
  const auto& secret = std::get<std::shared_ptr<const kube::Secret>>(manifest.objects[0].object);
  EXPECT_EQ(secret->type, "Opaque");
  EXPECT_TRUE(secret->tls_crt.empty());
  EXPECT_FALSE(secret->tls_key);
  EXPECT_EQ(manifest.ignored, (Texts{"x.yaml:1: ConfigMap c", "x.yaml:6: Secret ns/s of type Opaque"}));
}

std::string homeserver(const std::string& spec) {
  return "apiVersion: palpo.im/v1alpha1\nkind: PalpoHomeserver\nmetadata: {name: hs}\nspec:\n  serverName: "
         "a.example\n"
         "  backend: {service: {name: s, port: 8008}}\n" +
         spec;
}

TEST(ManifestReader, FaultsNameFileLineAndObject) {
  const struct {
    std::string text;
    std::string fault;
  } cases[] = {
      {"kind: PalpoHomeserver\n", "hs.yaml:1: PalpoHomeserver: apiVersion: required"},
      {"apiVersion: v1\n", "hs.yaml:1: kind: required"},
      {"- a\n- b\n", "hs.yaml:1: it is not an object"},
      {homeserver("  wellKnown:\n    client: {a: {b: 1, c: 2, b: 3}}\n"),
       "hs.yaml:8: PalpoHomeserver hs: mapping key \"b\" is repeated; it is already defined at line 8"},
      {homeserver("  host: !what x\n"), "hs.yaml:7: PalpoHomeserver hs: the tag !what is not supported"},
      {homeserver("  host: !!int x\n"),
       "hs.yaml:7: PalpoHomeserver hs: the value is not what its tag tag:yaml.org,2002:int says"},
      {homeserver("  wellKnown: {client: {a: .inf}}\n"),
       "hs.yaml:7: PalpoHomeserver hs: not a number that JSON has; write a text in quotes"},
      {homeserver("  wellKnown: &w {client: {a: *w}}\n"),
       "hs.yaml:7: PalpoHomeserver hs: an alias refers to what it is part of"},
      {homeserver("  wellKnown: {client: {[a]: b}}\n"),
       "hs.yaml:7: PalpoHomeserver hs: a mapping key is not a text"},
      {"apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i}\n",
       "hs.yaml:1: Ingress i: apiVersion: extensions/v1beta1 is not read; write networking.k8s.io/v1"},
      {"apiVersion: palpo.io/v1\nkind: PalpoHomeserver\nmetadata: {name: i}\n",
       "hs.yaml:1: PalpoHomeserver i: apiVersion: palpo.io/v1 is not read; write palpo.im/v1alpha1"},
      {"apiVersion: v1\nkind: Endpoints\nmetadata: {name: i}\n",
       "hs.yaml:1: Endpoints i: Endpoints are not read; write a discovery.k8s.io/v1 EndpointSlice with the "
       "label kubernetes.io/service-name"},
      {"apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: i}\n",
       "hs.yaml:1: Ingress i: apiVersion: networking.k8s.io/v1beta1 is not read; write networking.k8s.io/v1"},
  };
  for (const auto& c : cases) EXPECT_EQ(fault_of(c.text), c.fault) << c.text;
  // Newer versions of the parser also name the anchor.
  EXPECT_TRUE(
      fault_of(homeserver("  host: *none\n")).starts_with("hs.yaml:7: the referenced anchor is not defined"));
}

// The parser offers empty documents without end here.
TEST(ManifestReader, ATokenWithoutAPlaceIsAFault) {
  for (const std::string_view text : {"a: b]\n]\n", ", x\n", "]\n", "}", "a: b\n--- ]\n", "{a: b}}\n"}) {
    const auto manifest = read_manifest("hs.yaml", text);
    ASSERT_FALSE(manifest.complete()) << text;
  }
}

TEST(ManifestReader, ADecodersFaultIsFoundInTheText) {
  auto fault = fault_of(homeserver("  hots: x\n"));
  EXPECT_TRUE(fault.starts_with("hs.yaml:7: PalpoHomeserver default/hs: spec.hots: ")) << fault;
  fault = fault_of(homeserver("  host: yes\n"));
  EXPECT_EQ(
      fault,
      "hs.yaml:7: PalpoHomeserver default/hs: spec.host: expected a string, and without quotes this is true");
  fault = fault_of(homeserver("  tls:\n    hosts:\n    - {host: a, secretName: b}\n    - {host: 1}\n"));
  EXPECT_TRUE(fault.starts_with("hs.yaml:10: ")) << fault;
  EXPECT_EQ(faults_of(homeserver("  host: \"yes\"\n")), Texts{});
}

TEST(ManifestReader, OneFaultDoesNotHideTheOtherDocuments) {
  const auto manifest = read_manifest("hs.yaml", homeserver("  hots: x\n") + "---\n" + std::string(kTwo));
  EXPECT_EQ(manifest.faults.size(), 1u);
  EXPECT_EQ(manifest.objects.size(), 2u);
  EXPECT_FALSE(manifest.complete());
}

TEST(ManifestReader, TheSameObjectTwiceNamesBothPlaces) {
  EXPECT_EQ(fault_of(homeserver("") + "---\n" + homeserver("")),
            "hs.yaml:8: PalpoHomeserver default/hs: is already defined at hs.yaml:1");
}

TEST(ManifestReader, AnchorsAndMergesAreWrittenOut) {
  const auto manifest = read_manifest("m.yaml", R"(apiVersion: v1
kind: List
items:
- &base
  apiVersion: v1
  kind: Service
  metadata: &meta {name: a, labels: {x: "1"}}
  spec: &spec {ports: [{port: 1}]}
- <<: *base
  metadata: {<<: *meta, name: b}
- {apiVersion: v1, kind: Service, metadata: {name: c}, spec: *spec}
)");
  EXPECT_EQ(objects_of(manifest), (Texts{"m.yaml:4 Service default/a", "m.yaml:9 Service default/b",
                                         "m.yaml:11 Service default/c"}));
  EXPECT_EQ(kube::meta_of(manifest.objects[1].object).labels.at("x"), "1");
}

TEST(ManifestReader, BombsAreRefused) {
  std::string aliases =
      homeserver("  wellKnown:\n    client:\n      a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
  for (int i = 1; i < 9; ++i) {
    const auto name = "a" + std::to_string(i);
    const auto last = "*a" + std::to_string(i - 1);
    aliases += "      " + name + ": &" + name + " [";
    for (int k = 0; k < 10; ++k) aliases += (k == 0 ? "" : ", ") + last;
    aliases += "]\n";
  }
  EXPECT_NE(fault_of(aliases).find("with its aliases written out"), std::string::npos) << fault_of(aliases);
  for (const auto depth : {std::size_t{100}, std::size_t{100'000}}) {
    const std::string deep(depth, '[');
    EXPECT_FALSE(read_manifest("d.yaml", deep).complete());
    EXPECT_FALSE(read_manifest("d.json", deep).complete());
  }
}

TEST(ManifestReader, SecretsAreDecodedFromBothForms) {
  const auto manifest = read_manifest("s.yaml", R"(apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata: {name: s}
data:
  tls.crt: YQ==
stringData:
  tls.key: |
    line
)");
  ASSERT_EQ(objects_of(manifest).size(), 1u);
  const auto& secret = *std::get<std::shared_ptr<const kube::Secret>>(manifest.objects[0].object);
  EXPECT_EQ(secret.tls_crt, "a");
  EXPECT_EQ(secret.tls_key->reveal(), "line\n");
}

TEST(ManifestReader, ASyntaxErrorInAJsonSecretDoesNotQuoteIt) {
  const std::string head = "{\"apiVersion\": \"v1\", \"kind\": \"Secret\",\n\"stringData\": {\"tls.key\":\n";
  // A raw line break in a text, a text without end, a number too large.
  for (const std::string value : {"\"hidden\n\"}}", "\"hidden", "1234567e1234"}) {
    const auto fault = fault_of(head + value, "s.json");
    EXPECT_TRUE(fault.starts_with("s.json:3: not JSON: wrong near byte ") ||
                fault.starts_with("s.json:4: not JSON: wrong near byte "))
        << fault;
    EXPECT_EQ(fault.find("hidden"), std::string::npos) << fault;
    EXPECT_EQ(fault.find("1234567"), std::string::npos) << fault;
  }
}

TEST(ManifestReader, AValueOfASecretIsNotQuoted) {
  const std::string head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  a: b\n";
  EXPECT_EQ(fault_of(head + "  pin: 123456\n"),
            "hs.yaml:6: Secret default/s: stringData.pin: expected a string, write it in quotes");
  EXPECT_EQ(fault_of(head + "  pin: yes\n"),
            "hs.yaml:6: Secret default/s: stringData.pin: expected a string, write it in quotes");
  EXPECT_EQ(fault_of(head + "  pin: 9e99999\n"),
            "hs.yaml:6: Secret s: not a number that JSON has; write a text in quotes");
}

TEST(ManifestReader, AFaultOfAMemberWithADotIsAtItsLine) {
  const std::string head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
  auto fault = fault_of(head + "data:\n  tls.crt: YQ==\n  tls.key: no base64\n");
  EXPECT_EQ(fault, "hs.yaml:6: Secret default/s: data[\"tls.key\"]: expected base64");
  fault = fault_of(head + "data:\n  a: YQ==\n  tls.key: 1\n");
  EXPECT_EQ(fault, "hs.yaml:6: Secret default/s: data[\"tls.key\"]: expected a string, write it in quotes");
}

TEST(ManifestReader, NothingToReadIsNoFault) {
  for (const std::string_view text : {"", "\n", "# only\n", "---\n---\n", "\xef\xbb\xbf# bom\n"})
    EXPECT_TRUE(read_manifest("e.yaml", text).complete()) << text;
}

}  // namespace
}  // namespace palpo::files
