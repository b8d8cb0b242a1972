// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace palpo::api {
namespace {

TEST(Json, OfResourcesIsCanonical) {
  const Host host{.name = "example.com",
                  .certificate = "ns/tls",
                  .no_certificate = NoCertificate::refuse,
                  .redirect_to_https = true,
                  .routes = {{.listeners = ListenerSet{}.with(Listener::https).with(Listener::federation),
                              .type = PathType::exact,
                              .path = "/_matrix",
                              .action = ProxyTo{"ns/synapse:8008"},
                              .owner = "PalpoHomeserver/ns/example"},
                             {.listeners = ListenerSet{}.with(Listener::http),
                              .path = "/.well-known/matrix/server",
                              .action = FixedAnswer{.content_type = "application/json",
                                                    .cache_control = "max-age=60",
                                                    .cors = true,
                                                    .body = R"({"m.server":"example.com:443"})"},
                              .owner = ""}}};
  EXPECT_EQ(
      to_json(host),
      R"({"name":"example.com","certificate":"ns/tls","no_certificate":"refuse","redirect_to_https":true,"routes":[)"
      R"({"listeners":["https","federation"],"type":"exact","path":"/_matrix",)"
      R"("action":{"proxy":{"cluster":"ns/synapse:8008"}},"owner":"PalpoHomeserver/ns/example"},)"
      R"({"listeners":["http"],"type":"prefix","path":"/.well-known/matrix/server",)"
      R"("action":{"answer":{"status":200,"content_type":"application/json","cache_control":"max-age=60",)"
      R"("cors":true,"body":"{\"m.server\":\"example.com:443\"}"}},"owner":""}]})");
  EXPECT_EQ(
      to_json(Host{.name = "*"}),
      R"({"name":"*","certificate":null,"no_certificate":"use_default","redirect_to_https":false,"routes":[]})");
  EXPECT_EQ(to_json(Cluster{.name = "a", .endpoints = {{"::1", 1}, {"b", 65535}}}),
            R"({"name":"a","endpoints":[{"address":"::1","port":1},{"address":"b","port":65535}]})");
  EXPECT_EQ(to_json(Certificate{.name = "a", .chain_pem = "-\n-", .key_id = "00"}),
            R"({"name":"a","chain_pem":"-\n-","key_id":"00"})");
  EXPECT_EQ(
      to_json(Settings{.default_certificate = "a", .default_route = default_route_to("b", "c")}),
      R"({"default_certificate":"a","default_route":{"listeners":["http","https"],"type":"prefix",)"
      R"("path":"/","action":{"proxy":{"cluster":"b"}},"owner":"c"},"defaults":{"handshake_ms":10000,)"
      R"("request_head_ms":10000,"keep_alive_ms":75000,"client_idle_ms":60000,"upstream_idle_ms":60000,)"
      R"("response_head_ms":660000,"tunnel_idle_ms":900000,"linger_ms":5000,"request_body":0,)"
      R"("kept_request":65536,"pipelined":16384,"interim_responses":16}})");
  EXPECT_EQ(to_json(ResourceId{ResourceKind::cluster, "a"}), R"({"kind":"cluster","name":"a"})");
}

TEST(Json, StringsAreEscapedOneWay) {
  struct Case {
    std::string text;
    std::string json;
  };
  const Case cases[] = {
      {"", R"("")"},
      {"plain /", R"("plain /")"},
      {"\"\\\n\r\t", R"("\"\\\n\r\t")"},
      {std::string("\0\x01\b\f\x1f\x7f", 6), "\"\\u0000\\u0001\\u0008\\u000c\\u001f\x7f\""},
      {"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""},
      {"a\xff"
       "b",
       "\"a\xef\xbf\xbd"
       "b\""},
      {"\xc3", "\"\xef\xbf\xbd\""},
  };
  for (const auto& each : cases) {
    std::string out;
    append_json_string(out, each.text);
    EXPECT_EQ(out, each.json);
    EXPECT_TRUE(nlohmann::json::accept(out)) << out;
  }
}

TEST(Json, ForPeopleIsIndentedAndWhole) {
  Snapshot snapshot;
  snapshot.clusters["a"] = seal(Cluster{.name = "a", .endpoints = {{"10.0.0.1", 80}}});
  snapshot.hosts["h"] = seal(Host{.name = "h"});
  const auto text = to_pretty_json(snapshot);
  const auto parsed = nlohmann::ordered_json::parse(text);
  EXPECT_EQ(parsed.dump(2) + "\n", text);
  EXPECT_EQ(parsed["clusters"][0]["endpoints"][0]["port"], 80);
  EXPECT_EQ(parsed["hosts"].size(), 1U);
  EXPECT_EQ(parsed["version"].get<std::string>().size(), 64U);
}

}  // namespace
}  // namespace palpo::api
