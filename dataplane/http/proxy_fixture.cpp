// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {

ProxyTest::ProxyTest() {
  ignore_sigpipe();
  defaults_.linger = std::chrono::milliseconds(500);
}

ProxyTest::~ProxyTest() = default;

ConfigDraft ProxyTest::plain_config() const {
  ConfigDraft draft;
  draft.cluster("c", {upstream_.port()}).proxy("h.test", "/", "c");
  return draft;
}

config::ConfigPtr ProxyTest::build(ConfigDraft draft) const { return draft.defaults(defaults_).build(); }

void ProxyTest::start(const ConfigDraft& draft) {
  worker_ = std::make_unique<Worker>(options_, resolver_, metrics_, nullptr);
  worker_->start();
  apply(draft);
  http_port_ = listen(api::Listener::http);
  https_port_ = listen(api::Listener::https);
  federation_port_ = listen(api::Listener::federation);
}

std::uint16_t ProxyTest::listen(api::Listener kind) {
  auto opened = open_public_sockets("127.0.0.1:0", 1);
  EXPECT_TRUE(opened) << opened.error().message;
  worker_->listen(kind, std::move(opened->sockets.front()));
  return opened->port;
}

void ProxyTest::apply(const ConfigDraft& draft) {
  std::promise<void> taken;
  worker_->deliver(build(draft), [&] { taken.set_value(); });
  taken.get_future().wait();
}

std::unique_ptr<ProxyTest::StandStill> ProxyTest::stand_still(const ConfigDraft& draft) {
  auto still = std::make_unique<StandStill>();
  auto begun = std::make_shared<std::promise<void>>(std::move(still->begun_));
  still->begun_future_ = begun->get_future();
  worker_->deliver(build(draft), [begun, go_on = still->go_on_.get_future().share()] {
    begun->set_value();
    go_on.wait();
  });
  return still;
}

std::unique_ptr<ProxyTest::StandStill> ProxyTest::stand_still_later(const ConfigDraft& draft) {
  auto still = std::make_unique<StandStill>();
  auto begun = std::make_shared<std::promise<void>>(std::move(still->begun_));
  still->begun_future_ = begun->get_future();
  const auto config = build(draft);
  worker_->deliver(config, [this, config, begun, go_on = still->go_on_.get_future().share()] {
    worker_->deliver(config, [begun, go_on] {
      begun->set_value();
      go_on.wait();
    });
  });
  return still;
}

void ProxyTest::barrier() const { ask("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n"); }

std::string ProxyTest::get(const std::string& target, const std::string& fields) {
  return "GET " + target + " HTTP/1.1\r\nHost: h.test\r\n" + fields + "\r\n";
}

WireMessage ProxyTest::ask(const std::string& request) const {
  Wire wire = client();
  wire.send(request);
  return wire.read_message(request.starts_with("HEAD"));
}

}  // namespace palpo::http
