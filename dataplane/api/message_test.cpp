// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dataplane/api/frame.h"
#include "dataplane/api/json.h"

namespace palpo::api {
namespace {

const std::string kDigest(64, 'a');
const Digest kVersion = *Digest::from_hex(kDigest);

Update sample_update() {
  Update update{.seq = 7, .base = std::nullopt, .version = kVersion, .delta = {}};
  Host host{.name = "example.com", .certificate = "ns/tls"};
  host.routes.push_back({.listeners = ListenerSet{}.with(Listener::https),
                         .path = "/",
                         .action = ProxyTo{"ns/synapse:80"},
                         .owner = "Ingress/ns/a"});
  host.routes.push_back({.listeners = ListenerSet{}.with(Listener::http).with(Listener::https),
                         .type = PathType::exact,
                         .path = "/x",
                         .action = FixedAnswer{.status = 204, .cors = true}});
  host.routes.push_back({.listeners = ListenerSet{}.with(Listener::https),
                         .path = "/admin",
                         .action = Refusal{403},
                         .owner = "Ingress/ns/b"});
  update.delta.put_hosts = {seal(std::move(host))};
  update.delta.put_clusters = {seal(Cluster{.name = "ns/synapse:80", .endpoints = {{"10.0.0.1", 80}}})};
  update.delta.put_certificates = {
      seal(Certificate{.name = "ns/tls", .chain_pem = "pem\n", .key_id = kDigest})};
  update.delta.put_settings = seal(Settings{.default_certificate = "ns/tls"});
  update.delta.drop = {{ResourceKind::host, "old.example.com"}, {ResourceKind::cluster, "ns/old:80"}};
  return update;
}

TEST(Message, TextsAreFixed) {
  EXPECT_EQ(encode(Hello{.release = "0.1.0", .version = std::nullopt, .key_ids = {}}),
            R"({"protocol":1,"release":"0.1.0","version":null,"key_ids":[]})");
  EXPECT_EQ(
      encode(Hello{.release = "0.1.0", .version = kVersion, .key_ids = {kDigest}}),
      R"({"protocol":1,"release":"0.1.0","version":")" + kDigest + R"(","key_ids":[")" + kDigest + R"("]})");
  EXPECT_EQ(encode(Welcome{.release = "0.1.0"}), R"({"protocol":1,"release":"0.1.0"})");
  EXPECT_EQ(encode(Ack{3, kVersion}), R"({"seq":3,"version":")" + kDigest + R"("})");
  EXPECT_EQ(
      encode(Nack{3, std::nullopt, "r", {{{ResourceKind::host, "h"}, "m"}}}),
      R"({"seq":3,"serving":null,"reason":"r","faults":[{"resource":{"kind":"host","name":"h"},"message":"m"}]})");
  EXPECT_EQ(encode(Update{.seq = 1, .base = kVersion, .version = kVersion, .delta = {}}),
            R"({"seq":1,"base":")" + kDigest + R"(","version":")" + kDigest +
                R"(","put":{"hosts":[],"clusters":[],"certificates":[],"settings":null},"drop":[]})");
}

TEST(Message, ComesBackAsItWas) {
  const Hello hello{.release = "x", .version = kVersion, .key_ids = {kDigest, std::string(64, 'b')}};
  EXPECT_EQ(*decode_hello(encode(hello)), hello);
  const Welcome welcome{.release = "\"quoted\"\n"};
  EXPECT_EQ(*decode_welcome(encode(welcome)), welcome);
  const Ack ack{UINT64_MAX, kVersion};
  EXPECT_EQ(*decode_ack(encode(ack)), ack);
  const Nack nack{
      9, kVersion, "why", {{{ResourceKind::settings, ""}, "x"}, {{ResourceKind::host, "h"}, "y"}}};
  EXPECT_EQ(*decode_nack(encode(nack)), nack);

  const auto update = sample_update();
  const auto again = decode_update(encode(update));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(encode(*again), encode(update));
  EXPECT_EQ(again->delta.put_hosts[0]->value, update.delta.put_hosts[0]->value);
  EXPECT_EQ(again->delta.put_certificates[0]->value, update.delta.put_certificates[0]->value);
  EXPECT_EQ(again->delta.drop, update.delta.drop);
}

TEST(Message, DigestsOfAnUpdateAreTheReceiversOwn) {
  auto json = encode(sample_update());
  const std::string endpoint = R"("address":"10.0.0.1")";
  json.replace(json.find(endpoint), endpoint.size(), R"("address":"10.0.0.2")");
  const auto update = decode_update(json);
  ASSERT_TRUE(update.ok());
  const Cluster expected{.name = "ns/synapse:80", .endpoints = {{"10.0.0.2", 80}}};
  EXPECT_EQ(update->delta.put_clusters[0]->digest, seal(expected)->digest);
}

// Every field of an update, one after the other: left out, doubled, of another type, unknown beside it.
void break_each_field(const nlohmann::ordered_json& whole, const nlohmann::ordered_json::json_pointer& at,
                      int& tried) {
  const auto& object = whole.at(at);
  if (object.is_array())
    for (std::size_t i = 0; i < object.size(); ++i) break_each_field(whole, at / i, tried);
  if (!object.is_object()) return;
  for (const auto& [name, value] : object.items()) {
    auto missing = whole;
    missing.at(at).erase(name);
    EXPECT_FALSE(decode_update(missing.dump()).ok()) << (at / name).to_string();
    auto other = whole;
    other[at][name] = 1.5;
    EXPECT_FALSE(decode_update(other.dump()).ok()) << (at / name).to_string();
    auto renamed = whole;
    renamed.at(at).erase(name);
    renamed[at][name + "_"] = value;
    EXPECT_FALSE(decode_update(renamed.dump()).ok()) << (at / name).to_string();
    auto doubled = whole;
    doubled[at][name] = "@";
    auto text = doubled.dump();
    const auto mark = "\"" + name + "\":\"@\"";
    const auto field = "\"" + name + "\":" + value.dump();
    ASSERT_NE(text.find(mark), std::string::npos);
    text.replace(text.find(mark), mark.size(), std::string(field).append(",").append(field));
    EXPECT_FALSE(decode_update(text).ok()) << (at / name).to_string();
    ++tried;
    break_each_field(whole, at / name, tried);
  }
}

TEST(Message, EveryFieldOfAnUpdateIsNeededOnce) {
  const auto whole = nlohmann::ordered_json::parse(encode(sample_update()));
  ASSERT_TRUE(decode_update(whole.dump()).ok());
  int tried = 0;
  break_each_field(whole, nlohmann::ordered_json::json_pointer(""), tried);
  EXPECT_GT(tried, 40);
}

TEST(Message, FaultsNameTheField) {
  const std::string put = R"({"seq":1,"base":null,"version":")" + kDigest + R"(","put":)";
  const std::pair<std::string, std::string> cases[] = {
      {put +
           R"({"hosts":[{"name":"h","certificate":null,"no_certificate":"use_default","redirect_to_https":false,)"
           R"("routes":[{"listeners":["https"],"type":"exact","action":{"proxy":{"cluster":"c"}},"owner":""}]}]})",
       "update.put.hosts[0].routes[0].path: missing"},
      {put + R"({"hosts":[{"name":"h","certificate":null,"no_certificate":"never"}]})",
       "update.put.hosts[0].no_certificate: is \"never\"; known are \"use_default\", \"refuse\""},
      {put + R"({"clusters":[{"name":"c","endpoints":[{"address":"a","port":65536}]}]})",
       "update.put.clusters[0].endpoints[0].port: expected a whole number from 0 to 65535"},
      {put + R"({"hosts":[{"routes":[{"listeners":["https","https"]}]}]})",
       "update.put.hosts[0].routes[0].listeners[1]: is repeated"},
      {put +
           R"({"hosts":[{"routes":[{"listeners":["https"],"type":"exact","path":"/","action":{"refuse":{}},"owner":""}]}]})",
       "update.put.hosts[0].routes[0].action.refuse.status: missing"},
      {R"({"seq":1,"base":"AA"})", "update.base: expected 64 lower-case hexadecimal digits"},
      {R"({"seq":1,"version":null})", "update.version: expected 64 lower-case hexadecimal digits"},
      {R"({"drop":[{"kind":"thing"}]})",
       "update.drop[0].kind: is \"thing\"; known are \"host\", \"cluster\", \"certificate\", \"settings\""},
  };
  for (const auto& [json, error] : cases) {
    const auto update = decode_update(json);
    ASSERT_FALSE(update.ok());
    EXPECT_EQ(update.error().message, error);
  }
}

TEST(Message, AnotherProtocolIsRefused) {
  const auto hello = decode_hello(R"({"protocol":2,"release":"9","version":null,"key_ids":[]})");
  ASSERT_FALSE(hello.ok());
  EXPECT_EQ(hello.error().message,
            "hello.protocol: the peer speaks protocol 2, this program 1; both must come from one release");
  EXPECT_FALSE(decode_welcome(R"({"protocol":0,"release":"9"})").ok());
}

TEST(Message, DeepNestingIsRefusedBeforeItIsRead) {
  const std::string deep = R"({"seq":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
  const auto update = decode_update(deep);
  ASSERT_FALSE(update.ok());
  EXPECT_EQ(update.error().kind, ErrorKind::limit);
  EXPECT_EQ(update.error().message.substr(0, 8), "update: ");
}

TEST(Message, KeyIdsAreDigests) {
  EXPECT_FALSE(decode_hello(R"({"protocol":1,"release":"","version":null,"key_ids":["x"]})").ok());
  EXPECT_FALSE(decode_hello(R"({"protocol":1,"release":"","version":null,"key_ids":[null]})").ok());
}

TEST(Message, ANackFitsItsFrameWhateverTheFaults) {
  Nack nack{1, std::nullopt, std::string(100'000, '"'), {}};
  for (int i = 0; i < 10'000; ++i)
    nack.faults.push_back({{ResourceKind::host, std::to_string(i)}, std::string(300, '\1')});
  const auto json = encode(nack);
  EXPECT_LE(json.size(), payload_limit(FrameKind::nack));
  const auto again = decode_nack(json);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_GT(again->faults.size(), 2000U);
  EXPECT_NE(again->reason.find(std::to_string(10'000 - again->faults.size()) + " more faults are not listed"),
            std::string::npos);
}

TEST(Message, RecallAndRecalledGoThereAndBack) {
  const Recall recall{{"ns/a", "ns/b"}};
  EXPECT_EQ(encode(recall), R"({"names":["ns/a","ns/b"]})");
  EXPECT_EQ(*decode_recall(encode(recall)), recall);
  EXPECT_EQ(encode(Recall{}), R"({"names":[]})");
  const auto certificate = seal(Certificate{"ns/a", "chain", kDigest});
  const auto json = encode(Recalled{{certificate}});
  EXPECT_EQ(json, R"({"certificates":[)" + to_json(certificate->value) + "]}");
  const auto again = decode_recalled(json);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->certificates.at(0)->value, certificate->value);
  EXPECT_EQ(again->certificates.at(0)->digest, certificate->digest);
  EXPECT_FALSE(decode_recalled(R"({"certificates":[{}]})").ok());
  EXPECT_FALSE(decode_recall(R"({"names":[1]})").ok());
}

TEST(Message, AsManyAreRecalledAsAFrameTakes) {
  Recalled recalled;
  for (int i = 0; i < 300; ++i)
    recalled.certificates.push_back(
        seal(Certificate{std::to_string(i), std::string(256 << 10, 'x'), kDigest}));
  const auto json = encode(recalled);
  EXPECT_LE(json.size(), payload_limit(FrameKind::recalled));
  const auto again = decode_recalled(json);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_GT(again->certificates.size(), 200U);
  EXPECT_LT(again->certificates.size(), 300U);
  const Recall names{std::vector<std::string>(20'000, std::string(500, 'n'))};
  EXPECT_LE(encode(names).size(), payload_limit(FrameKind::recall));
}

TEST(Message, KeysAreSplitAndNeverQuoted) {
  const auto key = decode_key(SecretBytes::copy_of(kDigest + "pem"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->key_id, kDigest);
  EXPECT_EQ(key->pem.reveal(), "pem");
  for (const auto& payload :
       {std::string(), kDigest, std::string("secret"), std::string(64, 'g') + "secret"}) {
    const auto wrong = decode_key(SecretBytes::copy_of(payload));
    ASSERT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace palpo::api
