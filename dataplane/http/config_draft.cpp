// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/config_draft.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/tls/server_context.h"

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

ConfigDraft& ConfigDraft::defaults(const api::Defaults& defaults) {
  settings_.defaults = defaults;
  return *this;
}

config::ConfigPtr ConfigDraft::build() const {
  auto config = std::make_shared<config::RuntimeConfig>();
  config->settings = api::seal(settings_);
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

}  // namespace palpo::http
