// SPDX-License-Identifier: Apache-2.0
// Configurations for the tests of this folder: a snapshot that is edited in place, with real certificates and
// keys. One owner, one thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "dataplane/api/delta.h"
#include "dataplane/api/message.h"
#include "dataplane/api/model.h"
#include "dataplane/api/version.h"
#include "tests/support/test_pki.h"

namespace palpo::config {

// The authority is made once: a key is not cheap.
inline tests::TestPki& example_pki() {
  static tests::TestPki pki;
  return pki;
}

inline api::Certificate certificate_of(const std::string& name, const tests::TestCertificate& issued) {
  return {name, issued.chain_pem, issued.key_id};
}

inline std::shared_ptr<const api::PrivateKey> key_of(const std::string& key_id, const std::string& pem) {
  auto key = std::make_shared<api::PrivateKey>();
  key->key_id = key_id;
  key->pem = SecretBytes::copy_of(pem);
  return key;
}

struct ExampleConfig {
  api::Snapshot snapshot;
  api::KeyRing keys;

  // A certificate for NAME.test, as "ns/NAME".
  std::string certificate(const std::string& name) {
    const auto issued = example_pki().issue({name + ".test"});
    const std::string full = "ns/" + name;
    snapshot.certificates[full] = api::seal(certificate_of(full, issued));
    keys[issued.key_id] = key_of(issued.key_id, issued.key_pem);
    return full;
  }
  std::string key_id(const std::string& certificate_name) const {
    return snapshot.certificates.at(certificate_name)->value.key_id;
  }
  void cluster(const std::string& name, std::vector<api::Endpoint> endpoints) {
    snapshot.clusters[name] = api::seal(api::Cluster{name, std::move(endpoints)});
  }
  // A host with one route to the cluster; certificate: empty for none.
  void host(const std::string& name, const std::string& cluster_name,
            const std::string& certificate_name = {},
            api::NoCertificate otherwise = api::NoCertificate::use_default) {
    api::Host value;
    value.name = name;
    if (!certificate_name.empty()) value.certificate = certificate_name;
    value.no_certificate = otherwise;
    value.routes.push_back({{7}, api::PathType::prefix, "/", api::ProxyTo{cluster_name}, "Test/ns/" + name});
    snapshot.hosts[name] = api::seal(std::move(value));
  }
  void default_certificate(const std::string& name) {
    api::Settings settings = snapshot.settings->value;
    settings.default_certificate = name;
    snapshot.settings = api::seal(std::move(settings));
  }
  Digest version() const { return api::version_of(snapshot); }
};

inline api::Update update_between(std::uint64_t seq, const api::Snapshot& from, const api::Snapshot& to) {
  return {seq, api::version_of(from), api::version_of(to), api::diff(from, to)};
}

inline api::Update update_from_nothing(std::uint64_t seq, const api::Snapshot& to) {
  return {seq, std::nullopt, api::version_of(to), api::diff(api::Snapshot{}, to)};
}

}  // namespace palpo::config
