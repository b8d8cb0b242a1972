// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/subscription.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dataplane/config/example_config.h"

namespace palpo::config {
namespace {

using Texts = std::vector<std::string>;

std::string text_of(const Action& action) {
  struct Visitor {
    std::string operator()(const SendHello& a) const {
      std::string text = "hello " + (a.hello.version ? a.hello.version->hex() : "none");
      for (const auto& id : a.hello.key_ids) text += " " + id;
      return text;
    }
    std::string operator()(const SendAck& a) const { return "ack " + std::to_string(a.ack.seq); }
    std::string operator()(const SendNack& a) const {
      std::string text = "nack " + std::to_string(a.nack.seq);
      if (a.nack.faults.empty()) text += ": " + a.nack.reason;
      for (const auto& fault : a.nack.faults) text += " [" + fault.resource.text() + "]";
      return text;
    }
    std::string operator()(const SendRecalled& a) const {
      std::string text = "recalled";
      for (const auto& certificate : a.recalled.certificates) text += " " + certificate->value.name;
      return text;
    }
    std::string operator()(const Compile&) const { return "compile"; }
    std::string operator()(const Distribute&) const { return "distribute"; }
    std::string operator()(const Close& a) const { return "close: " + a.reason; }
  };
  return std::visit(Visitor{}, action);
}

Received received(api::FrameKind kind, std::string payload) {
  return {api::Frame{kind, std::move(payload), {}}};
}

Received welcome() { return received(api::FrameKind::welcome, encode(api::Welcome{api::kProtocol, "test"})); }

Received update(const api::Update& message) { return received(api::FrameKind::update, encode(message)); }

Received key(const std::string& id, const std::string& pem) {
  return {api::Frame{api::FrameKind::key, {}, SecretBytes::copy_of(id + pem)}};
}

// The machine under test, and shorthands for what is not the point of a test.
class SubscriptionTest : public ::testing::Test {
 protected:
  Texts step(Input input) {
    Texts texts;
    last_ = machine_.step(std::move(input));
    for (const auto& action : last_) texts.push_back(text_of(action));
    return texts;
  }
  void expect(Input input, const Texts& expected) { EXPECT_EQ(step(std::move(input)), expected); }

  void greet() {
    step(Connected{});
    expect(welcome(), {});
  }
  void send_keys(const ExampleConfig& example) {
    for (const auto& [id, held] : example.keys) expect(key(id, std::string(held->pem.reveal())), {});
  }
  void serve(const ExampleConfig& example) {
    send_keys(example);
    expect(update(update_from_nothing(1, example.snapshot)), {"compile"});
    expect(Compiled{}, {"distribute"});
    expect(AllTaken{}, {"ack 1"});
  }
  std::string hello_of(const ExampleConfig& example) {
    std::string text = "hello " + example.version().hex();
    for (const auto& [id, held] : example.keys) text += " " + id;
    return text;
  }
  static ExampleConfig example(const std::string& name = "a") {
    ExampleConfig config;
    config.cluster("ns/hs:8008", {{"192.0.2.1", 8008}});
    config.host(name + ".test", "ns/hs:8008", config.certificate(name));
    return config;
  }

  Subscription machine_;
  std::vector<Action> last_;
};

TEST_F(SubscriptionTest, WhatIsServedIsRecalledByItsNamesWithoutKeys) {
  auto config = example();
  greet();
  serve(config);
  const auto names = [](std::vector<std::string> wanted) {
    return received(api::FrameKind::recall, encode(api::Recall{std::move(wanted)}));
  };
  expect(names({"ns/a", "ns/nobody"}), {"recalled ns/a"});
  expect(names({}), {"recalled"});
  const auto& recalled = std::get<SendRecalled>(last_.front()).recalled;
  EXPECT_EQ(encode(recalled).find("PRIVATE"), std::string::npos);
}

TEST_F(SubscriptionTest, FirstConfigurationThenAnUpdate) {
  ExampleConfig config = example();
  expect(Connected{}, {"hello none"});
  EXPECT_FALSE(machine_.welcomed());
  expect(welcome(), {});
  EXPECT_TRUE(machine_.welcomed());
  send_keys(config);
  expect(update(update_from_nothing(7, config.snapshot)), {"compile"});
  EXPECT_EQ(machine_.candidate().version, config.version());
  EXPECT_FALSE(machine_.version().has_value());  // nothing is served before all workers have it
  expect(Compiled{}, {"distribute"});
  expect(AllTaken{}, {"ack 7"});
  EXPECT_EQ(machine_.version(), config.version());

  const api::Snapshot before = config.snapshot;
  config.cluster("ns/hs:8008", {{"192.0.2.2", 8008}});
  expect(update(update_between(8, before, config.snapshot)), {"compile"});
  EXPECT_EQ(machine_.candidate().delta.put_clusters.size(), 1u);
  EXPECT_TRUE(machine_.candidate().delta.put_hosts.empty());
  expect(Compiled{}, {"distribute"});
  expect(AllTaken{}, {"ack 8"});
  EXPECT_EQ(machine_.version(), config.version());
  EXPECT_EQ(machine_.serving().clusters.at("ns/hs:8008")->value.endpoints[0].address, "192.0.2.2");
}

TEST_F(SubscriptionTest, AnEmptyFirstConfigurationIsOneToo) {
  greet();
  expect(update(update_from_nothing(1, {})), {"compile"});
  expect(Compiled{}, {"distribute"});
  expect(AllTaken{}, {"ack 1"});
  EXPECT_TRUE(machine_.version().has_value());
}

TEST_F(SubscriptionTest, ReconnectTellsWhatItServes) {
  const ExampleConfig config = example();
  greet();
  serve(config);
  expect(Disconnected{}, {});
  EXPECT_FALSE(machine_.welcomed());
  EXPECT_EQ(machine_.version(), config.version());
  expect(Connected{}, {hello_of(config)});
  expect(welcome(), {});
}

TEST_F(SubscriptionTest, EqualVersionIsAcknowledgedWithoutWork) {
  const ExampleConfig config = example();
  greet();
  serve(config);
  expect(update(update_from_nothing(2, config.snapshot)), {"ack 2"});
  expect(update(update_between(3, config.snapshot, config.snapshot)), {"ack 3"});
}

TEST_F(SubscriptionTest, WrongBaseIsRefusedAndTheWholeKeepsWhatDidNotChange) {
  ExampleConfig config = example();
  greet();
  serve(config);
  const auto served_host = machine_.serving().hosts.at("a.test");
  const ExampleConfig other = example("b");
  expect(update(update_between(2, other.snapshot, config.snapshot)),
         {"nack 2: the update goes from version " + other.version().hex() + ", served is " +
          config.version().hex()});
  EXPECT_EQ(std::get<SendNack>(last_[0]).nack.serving, config.version());

  config.cluster("ns/new:1", {});
  expect(update(update_from_nothing(3, config.snapshot)), {"compile"});
  EXPECT_EQ(machine_.candidate().snapshot.hosts.at("a.test"), served_host);  // the same object
  EXPECT_TRUE(machine_.candidate().delta.put_hosts.empty());
  EXPECT_EQ(machine_.candidate().delta.put_clusters.size(), 1u);
}

TEST_F(SubscriptionTest, ABaseBeforeTheFirstConfigurationIsRefused) {
  const ExampleConfig config = example();
  greet();
  expect(update(update_between(1, {}, config.snapshot)),
         {"nack 1: the update goes from version " + api::version_of({}).hex() + ", served is nothing"});
}

TEST_F(SubscriptionTest, TheVersionMustBeThatOfTheContent) {
  const ExampleConfig config = example();
  greet();
  send_keys(config);
  api::Update wrong = update_from_nothing(1, config.snapshot);
  wrong.version = sha256("something else");
  expect(update(wrong), {"nack 1: the update's content has version " + config.version().hex() + ", it says " +
                         wrong.version.hex()});
}

TEST_F(SubscriptionTest, DroppingWhatIsNotThereIsRefused) {
  const ExampleConfig config = example();
  greet();
  serve(config);
  api::Update wrong = update_between(2, config.snapshot, config.snapshot);
  wrong.delta.drop.push_back({api::ResourceKind::host, "nobody.test"});
  ASSERT_EQ(step(update(wrong)).size(), 1u);
  const auto* refusal = std::get_if<SendNack>(&last_[0]);
  ASSERT_NE(refusal, nullptr);
  EXPECT_NE(refusal->nack.reason.find("nobody.test"), std::string::npos) << refusal->nack.reason;
}

TEST_F(SubscriptionTest, NamesEveryFaultNotTheFirst) {
  ExampleConfig config = example();
  config.host("b.test", "ns/hs:8008", config.certificate("b"));
  config.host("lost.test", "ns/missing:1");
  greet();
  // Neither key was sent, and a host names a cluster that is not there.
  expect(update(update_from_nothing(1, config.snapshot)),
         {"nack 1 [host lost.test] [certificate ns/a] [certificate ns/b]"});
  const auto& nack = std::get<SendNack>(last_[0]).nack;
  EXPECT_FALSE(nack.serving.has_value());
  EXPECT_EQ(nack.reason, "3 resources were refused");
  EXPECT_NE(nack.faults[1].message.find(config.key_id("ns/a")), std::string::npos);
}

TEST_F(SubscriptionTest, CompilerFaultsKeepWhatIsServed) {
  ExampleConfig config = example();
  greet();
  serve(config);
  const ExampleConfig before = config;
  config.cluster("ns/new:1", {});
  expect(update(update_between(2, before.snapshot, config.snapshot)), {"compile"});
  const std::vector<api::Fault> faults = {{{api::ResourceKind::certificate, "ns/x"}, "one"},
                                          {{api::ResourceKind::certificate, "ns/y"}, "two"}};
  expect(Compiled{faults}, {"nack 2 [certificate ns/x] [certificate ns/y]"});
  EXPECT_EQ(machine_.version(), before.version());
  EXPECT_FALSE(machine_.serving().clusters.contains("ns/new:1"));
  expect(update(update_between(3, before.snapshot, config.snapshot)), {"compile"});
  expect(Compiled{}, {"distribute"});
  expect(AllTaken{}, {"ack 3"});
}

TEST_F(SubscriptionTest, DisconnectWhileCompilingStillServesAndTheNextHelloSaysSo) {
  const ExampleConfig config = example();
  greet();
  send_keys(config);
  expect(update(update_from_nothing(1, config.snapshot)), {"compile"});
  expect(Disconnected{}, {});
  expect(Compiled{}, {"distribute"});
  expect(Connected{}, {});  // the hello waits: what it would say is about to be wrong
  expect(AllTaken{}, {hello_of(config)});
  expect(welcome(), {});
  expect(update(update_from_nothing(1, config.snapshot)), {"ack 1"});
}

TEST_F(SubscriptionTest, DisconnectWhileDistributingEndsWithoutAnAck) {
  const ExampleConfig config = example();
  greet();
  send_keys(config);
  step(update(update_from_nothing(1, config.snapshot)));
  expect(Compiled{}, {"distribute"});
  expect(Disconnected{}, {});
  expect(AllTaken{}, {});
  expect(Connected{}, {hello_of(config)});
}

TEST_F(SubscriptionTest, FaultsAfterADisconnectAreToldToNobody) {
  const ExampleConfig config = example();
  const std::vector<api::Fault> faults = {{{api::ResourceKind::certificate, "ns/a"}, "bad"}};
  greet();
  send_keys(config);
  step(update(update_from_nothing(1, config.snapshot)));
  expect(Disconnected{}, {});
  expect(Compiled{faults}, {});
  expect(Connected{}, {"hello none"});
  expect(welcome(), {});
  send_keys(config);
  step(update(update_from_nothing(2, config.snapshot)));
  expect(Disconnected{}, {});
  expect(Connected{}, {});
  expect(Compiled{faults}, {"hello none"});
}

TEST_F(SubscriptionTest, KeepsOnlyTheKeysOfWhatItServes) {
  ExampleConfig config = example();
  greet();
  const ExampleConfig stranger = example("stranger");
  send_keys(stranger);
  serve(config);
  EXPECT_EQ(machine_.keys().size(), 1u);
  EXPECT_TRUE(machine_.keys().contains(config.key_id("ns/a")));

  send_keys(stranger);  // for an update that is refused
  expect(update(update_between(2, stranger.snapshot, config.snapshot)),
         {"nack 2: the update goes from version " + stranger.version().hex() + ", served is " +
          config.version().hex()});
  EXPECT_EQ(machine_.keys().size(), 1u);

  send_keys(stranger);  // for an update that never comes
  expect(Disconnected{}, {});
  expect(Connected{}, {hello_of(config)});
  expect(welcome(), {});

  const ExampleConfig before = config;  // the certificate goes, its key goes
  config.host("a.test", "ns/hs:8008");
  config.snapshot.certificates.clear();
  expect(update(update_between(3, before.snapshot, config.snapshot)), {"compile"});
  expect(Compiled{}, {"distribute"});
  EXPECT_EQ(machine_.keys().size(), 1u);  // still serving with it
  expect(AllTaken{}, {"ack 3"});
  EXPECT_TRUE(machine_.keys().empty());
}

TEST_F(SubscriptionTest, AKeyHeldIsNotAskedForAgain) {
  ExampleConfig config = example();
  greet();
  serve(config);
  const ExampleConfig before = config;
  auto renamed = config.snapshot.certificates.at("ns/a")->value;
  renamed.name = "ns/renamed";
  config.snapshot.certificates["ns/renamed"] = api::seal(renamed);
  expect(update(update_between(2, before.snapshot, config.snapshot)), {"compile"});
}

TEST_F(SubscriptionTest, BreachesOfTheProtocolClose) {
  const ExampleConfig config = example();
  const auto small = update_from_nothing(1, {});
  const std::string id(64, 'a');
  enum class At { greeting, ready, compiling, distributing };
  struct Case {
    const char* what;
    At at;
    std::function<Input()> input;
    std::string reason;  // contained in the close's
  };
  const Case cases[] = {
      {"update before welcome", At::greeting, [&] { return update(small); },
       "update where its welcome belongs"},
      {"key before welcome", At::greeting, [&] { return key(id, "pem"); }, "key where its welcome belongs"},
      {"garbage for a welcome", At::greeting, [] { return received(api::FrameKind::welcome, "{"); },
       "welcome"},
      {"another protocol", At::greeting,
       [] { return received(api::FrameKind::welcome, R"({"protocol":2,"release":"x"})"); }, "protocol"},
      {"a second welcome", At::ready, [] { return welcome(); }, "welcome where a key or an update belongs"},
      {"garbage for a recall", At::ready, [] { return received(api::FrameKind::recall, "{"); }, "recall"},
      {"a recall before the welcome", At::greeting, [] { return received(api::FrameKind::recall, "{}"); },
       "welcome"},
      {"a data plane's frame", At::ready, [] { return received(api::FrameKind::ack, "{}"); }, "sent ack"},
      {"a hello", At::ready, [] { return received(api::FrameKind::hello, "{}"); }, "sent hello"},
      {"garbage for an update", At::ready, [] { return received(api::FrameKind::update, "nonsense"); },
       "update"},
      {"half an update", At::ready,
       [&] {
         const auto text = encode(small);
         return received(api::FrameKind::update, text.substr(0, text.size() / 2));
       },
       "update"},
      {"deep nesting", At::ready, [] { return received(api::FrameKind::update, std::string(10000, '[')); },
       ""},
      {"an empty key", At::ready, [] { return key("", ""); }, "key id"},
      {"a key without its text", At::ready, [&] { return key(id, ""); }, "key id"},
      {"a key with a bad id", At::ready, [] { return key(std::string(64, 'Z'), "pem"); }, "key id"},
      {"a second update while compiling", At::compiling, [&] { return update(small); },
       "another is in flight"},
      {"a second update while distributing", At::distributing, [&] { return update(small); },
       "another is in flight"},
      {"a key while compiling", At::compiling, [&] { return key(id, "pem"); }, "in flight"},
  };
  for (const Case& c : cases) {
    machine_ = {};
    step(Connected{});
    if (c.at != At::greeting) expect(welcome(), {});
    if (c.at == At::compiling || c.at == At::distributing) {
      send_keys(config);
      expect(update(update_from_nothing(1, config.snapshot)), {"compile"});
    }
    if (c.at == At::distributing) expect(Compiled{}, {"distribute"});
    const Texts texts = step(c.input());
    ASSERT_EQ(texts.size(), 1u) << c.what;
    EXPECT_TRUE(texts[0].starts_with("close: ")) << c.what << ": " << texts[0];
    EXPECT_NE(texts[0].find(c.reason), std::string::npos) << c.what << ": " << texts[0];
    EXPECT_FALSE(machine_.welcomed()) << c.what;
    expect(update(small), {});  // nothing after a close is heard
    if (c.at == At::compiling) expect(Compiled{}, {"distribute"});
    if (c.at == At::compiling || c.at == At::distributing) expect(AllTaken{}, {});
    expect(Connected{}, {machine_.version() ? hello_of(config) : "hello none"});
  }
}

TEST_F(SubscriptionTest, AFrameBeforeTheDelayedHelloCloses) {
  const ExampleConfig config = example();
  greet();
  send_keys(config);
  step(update(update_from_nothing(1, config.snapshot)));
  step(Disconnected{});
  expect(Connected{}, {});
  expect(welcome(), {"close: the controller sent welcome where its welcome belongs"});
}

}  // namespace
}  // namespace palpo::config
