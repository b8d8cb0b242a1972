// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/proxy_fixture.h"

#include <algorithm>

namespace palpo::http {

namespace {

tls::ContextPtr context_of(const tests::TestCertificate& certificate,
                           const std::shared_ptr<tls::TicketKeys>& tickets) {
  const api::Certificate chain{"test", certificate.chain_pem, certificate.key_id};
  const api::PrivateKey key{certificate.key_id, SecretBytes::copy_of(certificate.key_pem)};
  auto context = tls::make_server_context(chain, key, tickets);
  EXPECT_TRUE(context) << context.error().message;
  return *context;
}

// Of the process, as a data plane's are: sessions resume under a later configuration.
const std::shared_ptr<tls::TicketKeys>& ticket_keys() {
  static const auto keys = std::make_shared<tls::TicketKeys>();
  return keys;
}

}  // namespace

ConfigDraft& ConfigDraft::cluster(const std::string& name, const std::vector<std::uint16_t>& ports) {
  clusters_[name] = ports;
  return *this;
}

ConfigDraft& ConfigDraft::proxy(const std::string& host, const std::string& path,
                                const std::string& cluster) {
  hosts_[host].routes.push_back(
      {api::ListenerSet{kEverywhere}, api::PathType::prefix, path, api::ProxyTo{cluster}, "Test/" + host});
  return *this;
}

ConfigDraft& ConfigDraft::answer(const std::string& host, const std::string& path, api::FixedAnswer answer) {
  hosts_[host].routes.push_back(
      {api::ListenerSet{kEverywhere}, api::PathType::exact, path, std::move(answer), "Test/" + host});
  return *this;
}

ConfigDraft& ConfigDraft::refuse(const std::string& host, const std::string& path, std::uint16_t status) {
  hosts_[host].routes.push_back(
      {api::ListenerSet{kEverywhere}, api::PathType::prefix, path, api::Refusal{status}, "Test/" + host});
  return *this;
}

ConfigDraft& ConfigDraft::redirect(const std::string& host) {
  hosts_[host].redirect_to_https = true;
  return *this;
}

ConfigDraft& ConfigDraft::certificate(const std::string& host, const tests::TestCertificate& certificate) {
  certificates_[host] = certificate;
  return *this;
}

ConfigDraft& ConfigDraft::default_certificate(const tests::TestCertificate& certificate) {
  return this->certificate("", certificate);
}

ConfigDraft& ConfigDraft::refuse_tls(const std::string& host) {
  refused_.push_back(host);
  return *this;
}

config::ConfigPtr ConfigDraft::build() const {
  auto config = std::make_shared<config::RuntimeConfig>();
  config->router.set_settings(api::seal(api::Settings{}));
  for (auto [name, host] : hosts_) {
    host.name = name;
    config->router.put(routing::compile_host(api::seal(std::move(host))));
  }
  std::vector<std::uint64_t> ids;
  for (const auto& [name, ports] : clusters_) {
    auto cluster = std::make_shared<config::RuntimeCluster>();
    for (const std::uint16_t port : ports) {
      cluster->endpoints.push_back({port, "127.0.0.1", port, false});
      ids.push_back(port);
    }
    config->clusters.put(name, std::move(cluster));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  config->endpoint_ids = std::make_shared<const std::vector<std::uint64_t>>(std::move(ids));
  config->tls.set_hello(tls::make_hello_context(ticket_keys()));
  for (const auto& [host, certificate] : certificates_) {
    if (host.empty()) {
      config->tls.set_default(context_of(certificate, ticket_keys()));
    } else {
      config->tls.put(host, context_of(certificate, ticket_keys()));
    }
  }
  for (const std::string& host : refused_) config->tls.put_refusal(host);
  return config;
}

ProxyTest::ProxyTest() {
  ignore_sigpipe();
  options_.timeouts.linger = std::chrono::milliseconds(500);
}

ProxyTest::~ProxyTest() = default;

ConfigDraft ProxyTest::plain_config() const {
  ConfigDraft draft;
  draft.cluster("c", {upstream_.port()}).proxy("h.test", "/", "c");
  return draft;
}

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
  worker_->deliver(draft.build(), [&] { taken.set_value(); });
  taken.get_future().wait();
}

std::unique_ptr<ProxyTest::StandStill> ProxyTest::stand_still(const ConfigDraft& draft) {
  auto still = std::make_unique<StandStill>();
  auto begun = std::make_shared<std::promise<void>>(std::move(still->begun_));
  still->begun_future_ = begun->get_future();
  worker_->deliver(draft.build(), [begun, go_on = still->go_on_.get_future().share()] {
    begun->set_value();
    go_on.wait();
  });
  return still;
}

std::unique_ptr<ProxyTest::StandStill> ProxyTest::stand_still_later(const ConfigDraft& draft) {
  auto still = std::make_unique<StandStill>();
  auto begun = std::make_shared<std::promise<void>>(std::move(still->begun_));
  still->begun_future_ = begun->get_future();
  const auto config = draft.build();
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
