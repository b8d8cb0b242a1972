// SPDX-License-Identifier: Apache-2.0
// Small snapshots for this folder's tests. Certificates are real: validation reads them. Test code only.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/publish/published.h"
#include "dataplane/api/version.h"
#include "tests/support/test_pki.h"

namespace palpo::publish {

inline tests::TestCertificate test_certificate(int number) {
  static tests::TestPki pki;
  static std::vector<tests::TestCertificate> made;
  while (static_cast<int>(made.size()) <= number)
    made.push_back(pki.issue(std::vector<std::string>{"h" + std::to_string(made.size()) + ".example"}));
  return made[static_cast<std::size_t>(number)];
}

struct Draft {
  api::Snapshot snapshot;
  api::KeyRing keys;

  Draft& cluster(const std::string& name, std::uint16_t port) {
    snapshot.clusters[name] = api::seal(api::Cluster{name, {{"10.0.0.1", port}}});
    return *this;
  }
  Draft& certificate(const std::string& name, int number) {
    const auto made = test_certificate(number);
    snapshot.certificates[name] = api::seal(api::Certificate{name, made.chain_pem, made.key_id});
    keys[made.key_id] = std::make_shared<const api::PrivateKey>(
        api::PrivateKey{made.key_id, SecretBytes::copy_of(made.key_pem)});
    return *this;
  }
  Draft& host(const std::string& name, const std::string& cluster, const std::string& certificate = "",
              const std::string& path = "/") {
    api::Host host;
    host.name = name;
    if (!certificate.empty()) host.certificate = certificate;
    host.routes.push_back({api::ListenerSet{}.with(api::Listener::https), api::PathType::prefix, path,
                           api::ProxyTo{cluster}, "Ingress/default/" + cluster});
    snapshot.hosts[name] = api::seal(std::move(host));
    return *this;
  }
  std::shared_ptr<const api::Snapshot> shared() const {
    return std::make_shared<const api::Snapshot>(snapshot);
  }
  std::shared_ptr<const api::KeyRing> ring() const { return std::make_shared<const api::KeyRing>(keys); }
  PublishedRef published() const {
    return std::make_shared<const Published>(Published{shared(), ring(), version_of(snapshot), nullptr});
  }
};

}  // namespace palpo::publish
