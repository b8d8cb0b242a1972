// SPDX-License-Identifier: Apache-2.0
// The API server as a source, over both transports, against a server that misbehaves.
#include "controller/kube/api_source.h"

#include <gtest/gtest.h>

#include <set>

#include "base/mailbox.h"
#include "tests/support/scripted_api_server.h"

namespace palpo::kube {
namespace {

using tests::Exchange;
using tests::ScriptedApiServer;
using namespace std::chrono_literals;

using Make = Result<std::unique_ptr<Transport>> (*)(ApiEndpoint, TransportTimeouts);
struct Library {
  const char* name;
  Make make;
};
void PrintTo(const Library& library, std::ostream* out) { *out << library.name; }

std::string object(const std::string& name, int version) {
  return R"({"kind":"IngressClass","apiVersion":"networking.k8s.io/v1","metadata":{"name":")" + name +
         R"(","resourceVersion":")" + std::to_string(version) + R"("},"spec":{"controller":"c)" +
         std::to_string(version) + "\"}}";
}
std::string event(const std::string& type, const std::string& name, int version) {
  return R"({"type":")" + type + R"(","object":)" + object(name, version) + "}";
}
std::string page(const std::string& items, int version, const std::string& next = "") {
  return R"({"kind":"IngressClassList","apiVersion":"networking.k8s.io/v1","metadata":{"resourceVersion":")" +
         std::to_string(version) + R"(","continue":")" + next + R"("},"items":[)" + items + "]}";
}
std::string status(int code, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" + message + R"(","code":)" +
         std::to_string(code) + "}";
}

// One line per event, to compare with.
std::string text_of(const SourceEvent& event) {
  struct Visitor {
    std::string operator()(const Replaced& e) const {
      std::string text = "replaced";
      for (const auto& each : e.objects)
        text += " " + meta_of(each).key.name + "@" + meta_of(each).resource_version;
      for (const auto& each : e.broken) text += " broken:" + each.meta.key.name;
      return text;
    }
    std::string operator()(const Changed& e) const {
      return "changed " + meta_of(e.object).key.name + "@" + meta_of(e.object).resource_version;
    }
    std::string operator()(const Deleted& e) const { return "deleted " + e.key.text(); }
    std::string operator()(const Broke& e) const { return "broke " + e.object.meta.key.name; }
    std::string operator()(const Unreadable& e) const {
      return std::string(e.news ? "" : "still ") + (e.absent ? "absent: " : "unreadable: ") + e.message;
    }
    std::string operator()(const Readable&) const { return "readable"; }
    std::string operator()(const OtherSecret& e) const { return "other " + e.type; }
    std::string operator()(const SourceFault& e) const { return "fault " + e.message; }
  };
  return std::visit(Visitor{}, event);
}

class ApiSourceTest : public testing::TestWithParam<Library> {
 protected:
  ApiSourceTest() : server_(std::make_unique<ScriptedApiServer>(ScriptedApiServer::Options{})) {}
  ~ApiSourceTest() override {
    if (source_) source_->stop();
  }

  void start(TransportTimeouts timeouts = {10s, 10s}) {
    ApiEndpoint endpoint;
    endpoint.scheme = "http";
    endpoint.host = "127.0.0.1";
    endpoint.port = server_->port();
    auto transport = GetParam().make(endpoint, timeouts);
    ASSERT_TRUE(transport.ok());
    ApiSourceOptions options;
    options.readings = {{.scope = {Kind::ingress_class}}};
    options.first_backoff = 1ms;
    options.backoff_cap = 5ms;
    source_.reset();
    metrics_ = std::make_unique<Metrics>();  // as a process has them
    source_ = make_api_source(std::move(*transport), options, *metrics_);
    source_->start([this](SourceEvent event) { events_.send(text_of(event)); });
  }
  std::string next_event() { return events_.receive_for(10s).value_or("nothing came"); }
  bool quiet() { return !events_.receive_for(1ms).has_value(); }

  // The next request, which must be for the list (its page) or for the watch from that version.
  std::shared_ptr<Exchange> expect_list(const std::string& continued = "") {
    auto exchange = server_->next();
    EXPECT_NE(exchange, nullptr);
    if (!exchange) return nullptr;
    const auto wanted = "/apis/networking.k8s.io/v1/ingressclasses?limit=500" +
                        (continued.empty() ? "" : "&continue=" + continued);
    EXPECT_EQ(exchange->request().target, wanted);
    return exchange;
  }
  std::shared_ptr<Exchange> expect_watch(int version) {
    auto exchange = server_->next();
    EXPECT_NE(exchange, nullptr);
    if (!exchange) return nullptr;
    const auto wanted =
        "/apis/networking.k8s.io/v1/ingressclasses?watch=true&allowWatchBookmarks=true&resourceVersion=" +
        std::to_string(version) + "&timeoutSeconds=";
    EXPECT_EQ(exchange->request().target.substr(0, wanted.size()), wanted);
    return exchange;
  }
  // Up to a watch that has begun, from version 10.
  std::shared_ptr<Exchange> synced() {
    expect_list()->respond(200, page(object("a", 7), 10));
    EXPECT_EQ(next_event(), "replaced a@7");
    auto watch = expect_watch(10);
    watch->begin();
    return watch;
  }
  double metric(const std::string& name) {
    const auto text = metrics_->expose();
    const auto series = "\n" + name + "{kind=\"IngressClass\"} ";
    const auto at = text.find(series);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size()));
  }

  std::unique_ptr<Metrics> metrics_;
  Mailbox<std::string> events_;
  std::unique_ptr<ScriptedApiServer> server_;
  std::unique_ptr<Source> source_;
};

TEST_P(ApiSourceTest, PagesThenEvents) {
  start();
  expect_list()->respond(200, page(object("a", 1) + "," + object("b", 2), 10, "p2"));
  expect_list("p2")->respond(200, page(object("c", 3) + R"(,{"metadata":{"name":"d"},"spec":7})", 10));
  EXPECT_EQ(next_event(), "replaced a@1 b@2 c@3 broken:d");
  const auto watch = expect_watch(10);
  watch->begin();
  watch->line(event("ADDED", "e", 11));
  EXPECT_EQ(next_event(), "changed e@11");
  watch->line(event("MODIFIED", "e", 12));
  watch->line(event("DELETED", "a", 13));
  watch->line(R"({"type":"ADDED","object":{"metadata":{"name":"f","resourceVersion":"14"},"spec":7}})");
  EXPECT_EQ(next_event(), "changed e@12");
  EXPECT_EQ(next_event(), "deleted a");
  EXPECT_EQ(next_event(), "broke f");
  watch->end();
  const auto again = expect_watch(14);
  again->begin();
  EXPECT_EQ(metric("palpo_ingress_kube_lists_total"), 1);
  EXPECT_EQ(metric("palpo_ingress_kube_watches_total"), 2);
  EXPECT_EQ(metric("palpo_ingress_kube_events_total"), 4);
  EXPECT_EQ(metric("palpo_ingress_kube_errors_total"), 0);
  EXPECT_GT(metric("palpo_ingress_kube_last_sync_timestamp_seconds"), 1.7e9);
}

TEST_P(ApiSourceTest, BookmarksMoveTheVersionAndNothingElse) {
  start();
  auto watch = synced();
  watch->line(R"({"type":"BOOKMARK","object":{"kind":"IngressClass","metadata":{"resourceVersion":"99"}}})");
  watch->end();
  watch = expect_watch(99);
  watch->begin();
  watch->line(event("ADDED", "b", 100));
  EXPECT_EQ(next_event(), "changed b@100");
}

TEST_P(ApiSourceTest, ResetInTheMiddleOfAnEventNeitherLosesNorRepeats) {
  start();
  auto watch = synced();
  watch->line(event("ADDED", "b", 11));
  EXPECT_EQ(next_event(), "changed b@11");
  watch->send(event("ADDED", "c", 12).substr(0, 40));
  watch->reset();
  watch = expect_watch(11);
  watch->begin();
  watch->line(event("ADDED", "c", 12));
  EXPECT_EQ(next_event(), "changed c@12");
  EXPECT_TRUE(quiet());
}

TEST_P(ApiSourceTest, HalfAnEventThenSilence) {
  start({10s, 1s});
  auto watch = synced();
  watch->send(event("ADDED", "b", 11) + "\n" + event("ADDED", "c", 12).substr(0, 40));
  EXPECT_EQ(next_event(), "changed b@11");
  auto again = expect_watch(11);  // once the silence was too long
  again->begin();
  again->line(event("ADDED", "c", 12));
  EXPECT_EQ(next_event(), "changed c@12");
}

TEST_P(ApiSourceTest, SlowBookmarksKeepAWatchAlive) {
  start({10s, 1200ms});
  const auto watch = synced();
  for (int i = 0; i < 4; ++i) {  // together longer than the silence that ends a watch
    EXPECT_FALSE(watch->wait_closed(400ms)) << i;
    watch->line(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"50"}}})");
  }
  watch->line(event("ADDED", "b", 51));
  EXPECT_EQ(next_event(), "changed b@51");
}

TEST_P(ApiSourceTest, GoneListsAgain) {
  start();
  auto watch = synced();
  watch->line(R"({"type":"ERROR","object":)" + status(410, "too old resource version") + "}");
  expect_list()->respond(200, page(object("b", 20), 20));
  EXPECT_EQ(next_event(), "replaced b@20");
  expect_watch(20)->respond(410, status(410, "too old resource version"));
  expect_list()->respond(200, page("", 30));
  EXPECT_EQ(next_event(), "replaced");
  expect_watch(30)->begin();
}

TEST_P(ApiSourceTest, ContinueTokenGoneBeginsTheListAnew) {
  start();
  expect_list()->respond(200, page(object("a", 1), 10, "p2"));
  expect_list("p2")->respond(410, status(410, "continue expired"));
  expect_list()->respond(200, page(object("b", 2), 20));
  EXPECT_EQ(next_event(), "replaced b@2");
}

TEST_P(ApiSourceTest, GarbledEventListsAgain) {
  start();
  auto watch = synced();
  watch->line("{\"type\":\"ADDED\",\"object\":");
  watch->line(event("ADDED", "x", 12));
  expect_list()->respond(200, page(object("b", 11), 11));
  EXPECT_EQ(next_event(), "replaced b@11");
  expect_watch(11)->begin();
}

TEST_P(ApiSourceTest, OverloadedServer) {
  start();
  expect_list()->respond(429, status(429, "slow down"));
  EXPECT_EQ(next_event(), "unreadable: the API server answers 429: slow down");
  expect_list()->respond(429, status(429, "slow down"));
  expect_list()->respond(200, page(object("a", 1), 10));
  EXPECT_EQ(next_event(), "replaced a@1");
  EXPECT_EQ(next_event(), "readable");
  expect_watch(10)->respond(503, status(503, "etcd is away"));
  auto watch = expect_watch(10);
  watch->begin();
  watch->line(event("ADDED", "b", 11));
  EXPECT_EQ(next_event(), "changed b@11");
  EXPECT_EQ(metric("palpo_ingress_kube_errors_total"), 3);
}

TEST_P(ApiSourceTest, RetryAfterIsWaitedFor) {
  start();
  expect_list()->respond(429, status(429, "slow down"), {{"Retry-After", "1"}});
  EXPECT_EQ(server_->next(500ms), nullptr);
  expect_list()->respond(200, page("", 10));
}

TEST_P(ApiSourceTest, MissingKindThatAppears) {
  start();
  for (int i = 0; i < 3; ++i) expect_list()->respond(404, "404 page not found\n");
  expect_list()->respond(200, page(object("a", 1), 10));
  EXPECT_EQ(next_event(), "unreadable: the API server answers 404: 404 page not found");
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(next_event(), "still unreadable: the API server answers 404: 404 page not found");
  EXPECT_EQ(next_event(), "replaced a@1");
  EXPECT_EQ(next_event(), "readable");
}

TEST_P(ApiSourceTest, ForbiddenKindThatIsAllowedLater) {
  const std::string advice =
      "; grant the verbs list and watch on ingressclasses of the API group \"networking.k8s.io\" "
      "cluster-wide (ClusterRole)";
  start();
  for (int i = 0; i < 2; ++i) expect_list()->respond(403, status(403, "cannot list"));
  expect_list()->respond(200, page(object("a", 1), 10));
  EXPECT_EQ(next_event(), "absent: the API server answers 403: cannot list" + advice);
  EXPECT_EQ(next_event(), "still absent: the API server answers 403: cannot list" + advice);
  EXPECT_EQ(next_event(), "replaced a@1");
  EXPECT_EQ(next_event(), "readable");
  expect_watch(10)->respond(403, status(403, "cannot watch"));
  EXPECT_EQ(next_event(), "unreadable: the API server answers 403: cannot watch" + advice);
  expect_list()->respond(200, page(object("a", 1), 10));
  EXPECT_EQ(next_event(), "replaced a@1");
  auto watch = expect_watch(10);
  watch->begin();
  watch->line(event("ADDED", "b", 11));
  EXPECT_EQ(next_event(), "changed b@11");
  EXPECT_EQ(next_event(), "readable");
}

TEST_P(ApiSourceTest, RefusedTokenIsTriedAgain) {
  start();
  auto watch = synced();
  watch->end();
  expect_watch(10)->respond(401, status(401, "Unauthorized"));
  watch = expect_watch(10);
  watch->begin();
  watch->line(event("ADDED", "b", 11));
  EXPECT_EQ(next_event(), "changed b@11") << "one refusal is nothing to tell";
}

TEST_P(ApiSourceTest, BrokenListIsNotPublished) {
  start();
  expect_list()->respond(200, page(object("a", 1), 10).substr(0, 60));
  EXPECT_EQ(next_event().substr(0, 44), "unreadable: a list that cannot be read: not ");
  expect_list()->respond(200, page(object("a", 1), 10));
  EXPECT_EQ(next_event(), "replaced a@1");
}

TEST_P(ApiSourceTest, StopWhileEachThingIsUnderWay) {
  start();
  const auto list = expect_list();
  source_->stop();
  EXPECT_TRUE(list->wait_closed(10s));
  start();
  const auto watch = synced();
  source_->stop();
  EXPECT_TRUE(watch->wait_closed(10s));
  watch->line(event("ADDED", "late", 11));
  EXPECT_TRUE(quiet()) << "no event after stop";
}

TEST_P(ApiSourceTest, StopDuringAWait) {
  start();
  expect_list()->respond(429, status(429, "slow down"), {{"Retry-After", "300"}});
  EXPECT_EQ(next_event(), "unreadable: the API server answers 429: slow down");
  source_->stop();
}

INSTANTIATE_TEST_SUITE_P(Libraries, ApiSourceTest,
                         testing::Values(Library{"rest", &make_rest_transport},
                                         Library{"beast", &make_beast_transport}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Six kinds share one transport, whose library has one thread.
TEST(ApiSource, EveryKindIsFollowedBesideTheOthers) {
  ScriptedApiServer::Options options;
  options.handler = [](Exchange& exchange) {
    const auto& target = exchange.request().target;
    if (target.find("palpohomeservers") != std::string::npos)
      return exchange.respond(404, "404 page not found");
    if (target.find("watch=true") == std::string::npos) return exchange.respond(200, page("", 10));
    exchange.begin();
    exchange.wait_closed(30s);
  };
  ScriptedApiServer server(std::move(options));
  ApiEndpoint endpoint;
  endpoint.scheme = "http";
  endpoint.host = "127.0.0.1";
  endpoint.port = server.port();
  auto transport = make_rest_transport(endpoint, {});
  ASSERT_TRUE(transport.ok());
  Metrics metrics;
  Mailbox<std::string> events;
  const auto source = make_api_source(std::move(*transport), {}, metrics);
  source->start([&events](SourceEvent event) {
    if (const auto* const replaced = std::get_if<Replaced>(&event))
      events.send(std::string(info(replaced->kind).name));
    if (const auto* const gone = std::get_if<Unreadable>(&event))
      events.send("no " + std::string(info(gone->kind).name));
  });
  std::set<std::string> seen;
  for (std::size_t i = 0; i < kAllKinds.size(); ++i) seen.insert(events.receive_for(10s).value_or("nothing"));
  source->stop();
  EXPECT_EQ(seen, (std::set<std::string>{"Ingress", "IngressClass", "Service", "EndpointSlice", "Secret",
                                         "Namespace", "no PalpoHomeserver"}));
}

}  // namespace
}  // namespace palpo::kube
