// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/reconcile_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "controller/publish/data_plane_for_test.h"
#include "tests/support/test_pki.h"

namespace palpo::reconcile {
namespace {

using publish::run_until;
using publish::TestDataPlane;

kube::Object service(const std::string& address) {
  auto object = std::make_shared<kube::Service>();
  object->meta.key = {"ns", "web"};
  object->type = "ExternalName";
  object->external_name = address;
  object->ports = {{"", 8008, "TCP"}};
  return std::shared_ptr<const kube::Service>(object);
}

kube::Object ingress(const std::string& host, const std::string& version = "1") {
  auto object = std::make_shared<kube::Ingress>();
  object->meta.key = {"ns", "web"};
  object->meta.resource_version = version;
  object->meta.annotations[std::string(kube::kClassAnnotation)] = "palpo";
  object->rules = {{host, {{"/", kube::IngressPathType::prefix, {"web", 8008, ""}}}}};
  return std::shared_ptr<const kube::Ingress>(object);
}

struct ReconcileLoopTest : testing::Test {
  asio::io_context io{1};
  Metrics metrics;
  std::filesystem::path folder;
  publish::Publisher publisher{io, metrics};
  std::vector<status::WantedStatus> statuses;
  status::StatusPass pass{
      {.status = [this](status::WantedStatus s) { statuses.push_back(std::move(s)); }, .event = {}},
      {.fixed = {"192.0.2.1"}, .service = {}},
      "ours"};
  ReconcileLoop::Timing timing{.quiet = std::chrono::milliseconds(0),
                               .status_delay = std::chrono::milliseconds(0)};
  std::optional<ReconcileLoop> loop;
  kube::SourceSink sink;
  TestDataPlane plane{io};

  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "palpo-loop-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    ASSERT_TRUE(publisher.listen((folder / "socket").string()));
  }
  void TearDown() override {
    plane.disconnect();
    publisher.close();
    std::filesystem::remove_all(folder);
  }
  void start() {
    loop.emplace(io, translate::Options{}, timing, publisher, pass, metrics);
    sink = loop->sink();
  }
  void list_all(const std::vector<kube::Kind>& but = {}) {
    for (const auto kind : kube::kAllKinds) {
      if (std::ranges::find(but, kind) != but.end()) continue;
      std::vector<kube::Object> objects;
      if (kind == kube::Kind::service) objects = {service("192.0.2.8")};
      if (kind == kube::Kind::ingress) objects = {ingress("a.test")};
      sink(kube::Replaced{kind, std::move(objects), {}});
    }
  }
  void connect() { plane.connect((folder / "socket").string()); }
  bool until(const std::function<bool()>& condition) { return run_until(io, condition); }
  bool serves(const std::string& host) { return plane.serving.hosts.contains(host); }
  // What is posted now has been taken.
  void drain() {
    bool done = false;
    asio::post(io, [&] { done = true; });
    ASSERT_TRUE(until([&] { return done; }));
  }
  double translations() {
    const auto text = metrics.expose();
    const std::string name = "\npalpo_ingress_translate_runs_total ";
    return std::stod(text.substr(text.find(name) + name.size()));
  }
};

TEST_F(ReconcileLoopTest, NothingIsPublishedBeforeEveryKindHasBeenListed) {
  start();
  connect();
  list_all({kube::Kind::secret, kube::Kind::homeserver});
  ASSERT_TRUE(until([&] { return plane.welcomes == 1; }));
  drain();
  EXPECT_EQ(translations(), 0);
  EXPECT_EQ(plane.updates, 0);
  EXPECT_EQ(loop->not_ready(), "waiting for the first list of: Secret, PalpoHomeserver");

  sink(kube::Unreadable{kube::Kind::secret, false, "403: grant list"});
  drain();
  EXPECT_EQ(loop->not_ready(),
            "Secret cannot be read: 403: grant list; waiting for the first list of: PalpoHomeserver");
  sink(kube::Replaced{kube::Kind::secret, {}, {}});
  sink(kube::Unreadable{kube::Kind::homeserver, true, "the CRD is not installed"});
  ASSERT_TRUE(until([&] { return serves("a.test"); }));
  ASSERT_TRUE(until([&] { return loop->not_ready().empty(); }));
  EXPECT_NE(loop->describe({}).find("the CRD is not installed"), std::string::npos);
}

TEST_F(ReconcileLoopTest, AKindThatIsDeniedLaterIsARemarkAndChangesNothing) {
  start();
  connect();
  list_all();
  ASSERT_TRUE(until([&] { return serves("a.test"); }));
  const double before = translations();
  EXPECT_EQ(loop->remarks(), "");
  sink(kube::Unreadable{kube::Kind::secret, false, "403: grant list"});
  drain();
  EXPECT_EQ(loop->not_ready(), "");
  EXPECT_EQ(loop->remarks(), "serving what was last known of Secret: 403: grant list\n");
  sink(kube::Readable{kube::Kind::secret});
  drain();
  EXPECT_EQ(loop->remarks(), "");
  EXPECT_EQ(translations(), before);
}

TEST_F(ReconcileLoopTest, ReadinessSaysThatNoDataPlaneIsThere) {
  start();
  list_all();
  ASSERT_TRUE(until([&] { return translations() == 1; }));
  EXPECT_EQ(loop->not_ready(), "no data plane is connected");
  connect();
  ASSERT_TRUE(until([&] { return loop->not_ready().empty(); }));
}

TEST_F(ReconcileLoopTest, AStatusIsWrittenOnlyAfterTheAcknowledgement) {
  start();
  plane.answers = false;
  connect();
  list_all();
  ASSERT_TRUE(until([&] { return plane.waiting.has_value(); }));
  drain();
  EXPECT_TRUE(statuses.empty());
  plane.answer();
  ASSERT_TRUE(until([&] { return !statuses.empty(); }));
  EXPECT_EQ(statuses[0].status.addresses, (std::vector<kube::LoadBalancerAddress>{{"192.0.2.1", ""}}));
}

TEST_F(ReconcileLoopTest, EventsThatComeTogetherAreOneTranslation) {
  timing.quiet = std::chrono::milliseconds(20);
  start();
  connect();
  list_all();
  for (int i = 0; i < 50; ++i)
    sink(kube::Changed{ingress("h" + std::to_string(i) + ".test", std::to_string(i))});
  ASSERT_TRUE(until([&] { return serves("h49.test"); }));
  EXPECT_EQ(translations(), 1);
}

TEST_F(ReconcileLoopTest, AStreamOfEventsCannotHoldAChangeBack) {
  timing.quiet = std::chrono::hours(1);
  timing.longest_wait = std::chrono::milliseconds(10);
  start();
  connect();
  list_all();
  ASSERT_TRUE(until([&] { return serves("a.test"); }));
}

TEST_F(ReconcileLoopTest, WhatTranslationDoesNotReadIsNoTranslation) {
  start();
  connect();
  list_all();
  ASSERT_TRUE(until([&] { return serves("a.test"); }));
  const double before = translations();
  auto changed = std::make_shared<kube::Ingress>(
      *std::get<std::shared_ptr<const kube::Ingress>>(ingress("a.test", "2")));
  changed->status.addresses = {{"192.0.2.1", ""}};
  sink(kube::Changed{std::shared_ptr<const kube::Ingress>(changed)});
  sink(kube::Changed{ingress("b.test", "3")});
  ASSERT_TRUE(until([&] { return serves("b.test"); }));
  EXPECT_EQ(translations(), before + 1);
}

TEST_F(ReconcileLoopTest, AStatusSomebodyOverwroteIsWrittenAgain) {
  start();
  connect();
  list_all();
  ASSERT_TRUE(until([&] { return statuses.size() == 1; }));
  sink(kube::Changed{ingress("a.test", "2")});  // without the address
  ASSERT_TRUE(until([&] { return statuses.size() == 2; }));
  EXPECT_EQ(statuses[1].meta.resource_version, "2");
}

TEST_F(ReconcileLoopTest, FaultsOfTheSourceAreShownUntilTheyAreGone) {
  start();
  sink(kube::SourceFault{"hs.yaml:3", "mapping key repeated"});
  drain();
  EXPECT_NE(loop->describe({}).find("mapping key repeated"), std::string::npos);
  EXPECT_NE(metrics.expose().find("\npalpo_ingress_files_faults 1\n"), std::string::npos);
  sink(kube::SourceFault{"hs.yaml:3", ""});
  drain();
  EXPECT_NE(metrics.expose().find("\npalpo_ingress_files_faults 0\n"), std::string::npos);
  EXPECT_EQ(loop->describe({}).find("mapping key repeated"), std::string::npos);
}

// A homeserver with a certificate, and what it needs.
std::vector<kube::Object> tls_objects() {
  auto made = std::make_shared<kube::Secret>();
  made->meta.key = {"ns", "tls"};
  made->type = "kubernetes.io/tls";
  tests::TestPki pki;
  tests::TestPki::Leaf leaf;
  leaf.dns_names = {"hs.test"};
  const auto issued = pki.issue(leaf);
  made->tls_crt = issued.chain_pem;
  made->tls_key = std::make_shared<const SecretBytes>(SecretBytes::copy_of(issued.key_pem));
  auto hs = std::make_shared<kube::Homeserver>();
  hs->meta.key = {"ns", "hs"};
  hs->meta.generation = 1;
  hs->server_name = "hs.test";
  hs->service = "web";
  hs->port = 80;
  hs->tls_secret = "tls";
  return {std::shared_ptr<const kube::Secret>(made), std::shared_ptr<const kube::Homeserver>(hs)};
}

TEST_F(ReconcileLoopTest, ACertificateOutlivesItsSecretAndTheController) {
  start();
  connect();
  list_all();
  const auto objects = tls_objects();
  for (const auto& object : objects) sink(kube::Changed{object});
  ASSERT_TRUE(until([&] { return plane.serving.certificates.contains("ns/tls"); }));
  const int updates = plane.updates;
  sink(kube::Deleted{kube::Kind::secret, {"ns", "tls"}});
  const auto told = [&] {
    return !statuses.empty() &&
           std::ranges::any_of(statuses.back().status.of().conditions, [](const auto& condition) {
             return condition.type == "CertificateReady" && condition.reason == "SecretNotFound";
           });
  };
  ASSERT_TRUE(until(told));
  EXPECT_EQ(plane.updates, updates) << "nothing has changed for the data plane";
  plane.disconnect();
  publisher.close();

  Metrics others;
  publish::Publisher second(io, others);
  ASSERT_TRUE(second.listen((folder / "socket").string()));
  statuses.clear();
  pass.look_again();
  loop.emplace(io, translate::Options{}, timing, second, pass, others);
  loop->sink().swap(sink);
  connect();
  list_all({kube::Kind::homeserver});
  sink(kube::Replaced{kube::Kind::homeserver, {objects[1]}, {}});
  ASSERT_TRUE(until([&] { return second.state().current; }));
  EXPECT_EQ(plane.recalls, std::set<std::string>{"ns/tls"});
  EXPECT_EQ(plane.updates, updates) << "the same again";
  EXPECT_TRUE(plane.serving.certificates.contains("ns/tls"));
  ASSERT_TRUE(until(told));
  sink(kube::Deleted{kube::Kind::homeserver, {"ns", "hs"}});
  ASSERT_TRUE(until([&] { return !plane.serving.certificates.contains("ns/tls"); }));
  loop.reset();
}

TEST_F(ReconcileLoopTest, AnotherControllerFindsItsDataPlaneRight) {
  start();
  connect();
  list_all();
  ASSERT_TRUE(until([&] { return serves("a.test"); }));
  plane.disconnect();
  publisher.close();

  Metrics others;
  publish::Publisher second(io, others);
  ASSERT_TRUE(second.listen((folder / "socket").string()));
  loop.emplace(io, translate::Options{}, timing, second, pass, others);
  loop->sink().swap(sink);
  connect();
  list_all();
  ASSERT_TRUE(until([&] { return second.state().current; }));
  EXPECT_EQ(plane.updates, 1);
  loop.reset();
}

}  // namespace
}  // namespace palpo::reconcile
