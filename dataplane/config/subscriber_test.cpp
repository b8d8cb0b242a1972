// SPDX-License-Identifier: Apache-2.0
// The subscriber against a scripted controller, over a real socket.
#include "dataplane/config/subscriber.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "dataplane/api/unix_stream.h"
#include "dataplane/config/example_config.h"

namespace palpo::config {
namespace {

constexpr std::chrono::seconds kPatience{20};

class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "palpo-subscriber-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~TempDirectory() { std::filesystem::remove_all(path_); }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Says what the test tells it to, and keeps what it hears.
class ScriptedController {
 public:
  ScriptedController(asio::io_context& io, const std::string& path) : acceptor_(io) {
    const auto listening = acceptor_.listen(path, {}, [this](std::shared_ptr<api::FrameChannel> peer) {
      channel_ = std::move(peer);
      ++connections;
      channel_->start({[this](api::Frame frame) -> Result<void> {
                         heard.push_back(std::move(frame));
                         return {};
                       },
                       [this](const Error& reason) {
                         closed.push_back(reason.message);
                         channel_.reset();
                       }});
    });
    EXPECT_TRUE(listening.ok()) << (listening.ok() ? "" : listening.error().message);
  }
  ~ScriptedController() { hang_up(); }

  void hang_up() {
    if (channel_) channel_->close();
    channel_.reset();
  }
  void welcome() { send(api::FrameKind::welcome, encode(api::Welcome{api::kProtocol, "test"})); }
  void send(api::FrameKind kind, std::string payload) { channel_->send(kind, std::move(payload)); }
  void send(const api::Update& update) { send(api::FrameKind::update, encode(update)); }
  void send_keys(const ExampleConfig& config) {
    for (const auto& [id, key] : config.keys) channel_->send_key(key);
  }

  int connections = 0;
  std::vector<api::Frame> heard;
  std::vector<std::string> closed;

 private:
  api::FrameAcceptor acceptor_;
  std::shared_ptr<api::FrameChannel> channel_;
};

class SubscriberTest : public ::testing::Test {
 protected:
  SubscriberTest() { start_subscriber(); }

  void start_subscriber() {
    const Deliver worker = [this](ConfigPtr config, std::function<void()> taken) {
      serving_ = std::move(config);
      ++deliveries_;
      if (hold_) {
        held_ = std::move(taken);
      } else {
        taken();
      }
    };
    subscriber_ = std::make_unique<Subscriber>(io_, socket_, std::vector<Deliver>{worker}, metrics_);
    subscriber_->start();
  }
  void start_controller() { controller_ = std::make_unique<ScriptedController>(io_, socket_); }

  template <class Condition>
  void run_until(const Condition& condition, const char* what) {
    const auto deadline = Clock::now() + kPatience;
    while (!condition()) {
      ASSERT_LT(Clock::now(), deadline) << "waited in vain: " << what;
      io_.run_one_for(std::chrono::milliseconds(100));
      if (io_.stopped()) io_.restart();
    }
  }
  // The next frame the controller has not looked at yet.
  api::Frame next_frame() {
    run_until([&] { return controller_->heard.size() > looked_at_; }, "a frame of the data plane");
    return controller_->heard.size() > looked_at_ ? std::move(controller_->heard[looked_at_++])
                                                  : api::Frame{};
  }
  api::Hello next_hello() {
    const api::Frame frame = next_frame();
    EXPECT_EQ(frame.kind, api::FrameKind::hello);
    const auto hello = api::decode_hello(frame.payload);
    EXPECT_TRUE(hello.ok());
    return hello.ok() ? *hello : api::Hello{};
  }
  void expect_ack(std::uint64_t seq, const Digest& version) {
    const api::Frame frame = next_frame();
    ASSERT_EQ(frame.kind, api::FrameKind::ack) << frame.payload;
    const auto ack = api::decode_ack(frame.payload);
    ASSERT_TRUE(ack.ok());
    EXPECT_EQ(*ack, (api::Ack{seq, version}));
  }
  api::Nack next_nack() {
    const api::Frame frame = next_frame();
    EXPECT_EQ(frame.kind, api::FrameKind::nack);
    const auto nack = api::decode_nack(frame.payload);
    EXPECT_TRUE(nack.ok());
    return nack.ok() ? *nack : api::Nack{};
  }
  // A controller that has said its welcome and sent the configuration, which is served.
  void serve(const ExampleConfig& config) {
    start_controller();
    next_hello();
    controller_->welcome();
    controller_->send_keys(config);
    controller_->send(update_from_nothing(1, config.snapshot));
    expect_ack(1, config.version());
  }
  std::string target(const char* host) const {
    const auto match = serving_->router.match(api::Listener::https, host, "/");
    return match.proxy == nullptr ? "none" : match.proxy->cluster;
  }
  static ExampleConfig example() {
    ExampleConfig config;
    config.cluster("ns/hs:8008", {{"192.0.2.1", 8008}});
    config.host("a.test", "ns/hs:8008", config.certificate("a"));
    return config;
  }
  bool exposes(const std::string& line) const {
    return metrics_.expose().find("\n" + line + "\n") != std::string::npos;
  }

  TempDirectory directory_;
  const std::string socket_ = directory_.file("controller.sock");
  asio::io_context io_;
  Metrics metrics_;
  ConfigPtr serving_;
  int deliveries_ = 0;
  bool hold_ = false;
  std::function<void()> held_;
  std::size_t looked_at_ = 0;
  std::unique_ptr<ScriptedController> controller_;
  std::unique_ptr<Subscriber> subscriber_;
};

TEST_F(SubscriberTest, FirstConfigurationThenAnUpdate) {
  ExampleConfig config = example();
  EXPECT_FALSE(subscriber_->configured());
  start_controller();  // after the first dial: the subscriber keeps dialling
  const api::Hello hello = next_hello();
  EXPECT_FALSE(hello.version.has_value());
  EXPECT_EQ(hello.release, PALPO_VERSION);
  controller_->welcome();
  run_until([&] { return subscriber_->connected(); }, "connected");
  EXPECT_FALSE(subscriber_->configured());
  controller_->send_keys(config);
  controller_->send(update_from_nothing(1, config.snapshot));
  expect_ack(1, config.version());
  EXPECT_TRUE(subscriber_->configured());
  EXPECT_EQ(subscriber_->version(), config.version().hex());
  EXPECT_EQ(serving_->version, config.version());
  EXPECT_EQ(target("a.test"), "ns/hs:8008");

  const ExampleConfig before = config;
  config.host("b.test", "ns/hs:8008");
  controller_->send(update_between(2, before.snapshot, config.snapshot));
  expect_ack(2, config.version());
  EXPECT_EQ(target("b.test"), "ns/hs:8008");
  EXPECT_TRUE(exposes("palpo_ingress_config_applied_total 2"));
  EXPECT_TRUE(exposes("palpo_ingress_config_hosts 2"));
  EXPECT_TRUE(exposes("palpo_ingress_config_certificates 1"));
  EXPECT_TRUE(exposes("palpo_ingress_config_controller_connected 1"));
}

TEST_F(SubscriberTest, RefusesWhatCannotBeServedAndKeepsTheOld) {
  ExampleConfig config = example();
  serve(config);
  const ExampleConfig before = config;
  config.host("b.test", "ns/hs:8008", config.certificate("b"));
  config.keys[config.key_id("ns/b")] = key_of(config.key_id("ns/b"), "not a key");
  controller_->send_keys(config);
  controller_->send(update_between(2, before.snapshot, config.snapshot));
  const api::Nack nack = next_nack();
  EXPECT_EQ(nack.seq, 2u);
  EXPECT_EQ(nack.serving, before.version());
  ASSERT_EQ(nack.faults.size(), 1u);
  EXPECT_EQ(nack.faults[0].resource.text(), "certificate ns/b");
  EXPECT_EQ(subscriber_->version(), before.version().hex());
  EXPECT_EQ(target("b.test"), "none");
  EXPECT_TRUE(exposes("palpo_ingress_config_refused_total 1"));

  config = before;  // the controller holds it back and sends the rest
  config.host("c.test", "ns/hs:8008");
  controller_->send(update_between(3, before.snapshot, config.snapshot));
  expect_ack(3, config.version());
  EXPECT_EQ(target("c.test"), "ns/hs:8008");
}

TEST_F(SubscriberTest, WrongBaseIsMendedByTheWholeOnTheSameConnection) {
  ExampleConfig config = example();
  serve(config);
  const ConfigPtr before = serving_;
  ExampleConfig other = config;
  other.host("other.test", "ns/hs:8008");
  controller_->send(update_between(2, other.snapshot, config.snapshot));
  EXPECT_TRUE(next_nack().faults.empty());
  controller_->send(update_from_nothing(3, other.snapshot));
  expect_ack(3, other.version());
  EXPECT_EQ(controller_->connections, 1);
  EXPECT_EQ(before->router.find_host("a.test"), serving_->router.find_host("a.test"));
  EXPECT_EQ(before->tls.choose("a.test").context, serving_->tls.choose("a.test").context);
}

TEST_F(SubscriberTest, AKilledControllerChangesNothingAndTheNextOneHearsTheVersion) {
  const ExampleConfig config = example();
  serve(config);
  controller_->hang_up();
  controller_.reset();
  looked_at_ = 0;
  run_until([&] { return !subscriber_->connected(); }, "disconnected");
  EXPECT_TRUE(subscriber_->configured());
  EXPECT_EQ(target("a.test"), "ns/hs:8008");
  EXPECT_TRUE(exposes("palpo_ingress_config_controller_connected 0"));

  start_controller();
  const api::Hello hello = next_hello();
  EXPECT_EQ(hello.version, config.version());
  EXPECT_EQ(hello.key_ids, (std::vector<std::string>{config.key_id("ns/a")}));
  controller_->welcome();
  run_until([&] { return subscriber_->connected(); }, "connected again");
  EXPECT_EQ(deliveries_, 1);  // equal versions: nothing was compiled or handed out again
}

TEST_F(SubscriberTest, GarbageClosesAndItDialsAgain) {
  const ExampleConfig config = example();
  serve(config);
  controller_->send(api::FrameKind::update, "garbage");
  EXPECT_EQ(next_hello().version, config.version());
  EXPECT_EQ(controller_->connections, 2);
  EXPECT_EQ(target("a.test"), "ns/hs:8008");
}

TEST_F(SubscriberTest, ASecondUpdateInFlightCloses) {
  ExampleConfig config = example();
  serve(config);
  const ExampleConfig before = config;
  hold_ = true;
  config.host("b.test", "ns/hs:8008");
  controller_->send(update_between(2, before.snapshot, config.snapshot));
  controller_->send(update_between(3, before.snapshot, config.snapshot));
  run_until([&] { return controller_->closed.size() == 1 && controller_->connections == 2; },
            "a new connection");
  EXPECT_EQ(controller_->heard.size(), looked_at_);  // its hello waits for the worker
  held_();
  EXPECT_EQ(next_hello().version, config.version());
}

TEST_F(SubscriberTest, AcksOnlyWhenTheWorkerHasIt) {
  const ExampleConfig config = example();
  hold_ = true;
  start_controller();
  next_hello();
  controller_->welcome();
  controller_->send_keys(config);
  controller_->send(update_from_nothing(1, config.snapshot));
  run_until([&] { return held_ != nullptr; }, "delivery to the worker");
  EXPECT_FALSE(subscriber_->configured());
  EXPECT_EQ(controller_->heard.size(), looked_at_);
  held_();
  expect_ack(1, config.version());
  EXPECT_TRUE(subscriber_->configured());
}

TEST_F(SubscriberTest, StopsWithADistributionUnderWay) {
  const ExampleConfig config = example();
  hold_ = true;
  start_controller();
  next_hello();
  controller_->welcome();
  controller_->send_keys(config);
  controller_->send(update_from_nothing(1, config.snapshot));
  run_until([&] { return held_ != nullptr; }, "delivery to the worker");
  subscriber_->stop();
  run_until([&] { return controller_->closed.size() == 1; }, "the end of the connection");
  held_();
  run_until([&] { return subscriber_->configured(); }, "the worker's answer");
  subscriber_.reset();
  controller_.reset();
  io_.run();  // nothing of it keeps the loop alive
}

TEST_F(SubscriberTest, GoesWhileItDials) {
  subscriber_.reset();
  io_.run();
  start_subscriber();
  subscriber_->stop();
  io_.restart();
  io_.run();
}

}  // namespace
}  // namespace palpo::config
