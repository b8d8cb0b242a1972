// SPDX-License-Identifier: Apache-2.0
// For tests: objects in few words, a state made of them, the checked-in certificates. Not linked into any
// program.
#pragma once
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "controller/store/cluster_state.h"
#include "controller/translate/certificates.h"
#include "controller/translate/translate.h"

namespace palpo::translate::testing {

inline std::string fixture(const std::string& name) {
  std::ifstream file("tests/golden/fixtures/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

template <class T>
std::shared_ptr<T> make(const std::string& namespace_, const std::string& name,
                        const std::string& created = "") {
  auto object = std::make_shared<T>();
  object->meta.key = {namespace_, name};
  object->meta.generation = 1;
  object->meta.creation_timestamp = created;
  return object;
}

// certificate, key: names of fixtures.
inline std::shared_ptr<kube::Secret> secret(const std::string& namespace_, const std::string& name,
                                            const std::string& certificate, const std::string& key) {
  auto object = make<kube::Secret>(namespace_, name);
  object->type = "kubernetes.io/tls";
  object->tls_crt = fixture(certificate + ".crt");
  object->tls_key = std::make_shared<const SecretBytes>(SecretBytes::copy_of(fixture(key + ".key")));
  return object;
}
inline std::shared_ptr<kube::Secret> secret(const std::string& namespace_, const std::string& name) {
  return secret(namespace_, name, name, name);
}

inline std::shared_ptr<kube::Service> service(const std::string& namespace_, const std::string& name,
                                              std::vector<kube::ServicePort> ports = {{"http", 80, "TCP"}}) {
  auto object = make<kube::Service>(namespace_, name);
  object->ports = std::move(ports);
  return object;
}

inline std::shared_ptr<kube::EndpointSlice> slice(const std::string& namespace_, const std::string& service,
                                                  const std::string& name, std::vector<std::string> addresses,
                                                  std::vector<kube::SlicePort> ports = {
                                                      {"http", 8008, "TCP"}}) {
  auto object = make<kube::EndpointSlice>(namespace_, name);
  object->service = service;
  object->address_type = "IPv4";
  for (auto& address : addresses) object->endpoints.push_back({{std::move(address)}, true, true, false});
  object->ports = std::move(ports);
  return object;
}

inline std::shared_ptr<kube::IngressClass> ingress_class(const std::string& name,
                                                         const std::string& controller) {
  auto object = make<kube::IngressClass>("", name);
  object->controller = controller;
  return object;
}

inline kube::IngressPath path(const std::string& text, const std::string& service = "web",
                              kube::IngressPathType type = kube::IngressPathType::prefix) {
  return {text, type, {service, 80, ""}};
}

inline std::shared_ptr<kube::Ingress> ingress(const std::string& namespace_, const std::string& name,
                                              std::vector<kube::IngressRule> rules,
                                              std::vector<kube::IngressTls> tls = {},
                                              const std::string& created = "") {
  auto object = make<kube::Ingress>(namespace_, name, created);
  object->class_name = "palpo";
  object->rules = std::move(rules);
  object->tls = std::move(tls);
  return object;
}

inline std::shared_ptr<kube::Homeserver> homeserver(const std::string& namespace_, const std::string& name,
                                                    const std::string& server_name, const std::string& host,
                                                    const std::string& tls_secret = "",
                                                    const std::string& created = "") {
  auto object = make<kube::Homeserver>(namespace_, name, created);
  object->server_name = server_name;
  object->host = host;
  object->service = "hs";
  object->port = 80;
  object->tls_secret = tls_secret;
  return object;
}

template <class T>
kube::Object shared(std::shared_ptr<T> object) {
  return std::shared_ptr<const T>(std::move(object));
}

template <class... T>
void put(store::ClusterState& state, std::shared_ptr<T>... objects) {
  (state.apply(kube::Changed{shared(std::move(objects))}), ...);
}

inline Options options_at(const char* now_rfc3339 = "2026-01-01T00:00:00Z") {
  std::tm parts{};
  strptime(now_rfc3339, "%Y-%m-%dT%H:%M:%SZ", &parts);
  Options options;
  options.now = [when = WallClock::from_time_t(timegm(&parts))] { return when; };
  return options;
}

// What a translator without memory makes of the state.
inline Translation fresh(const store::ClusterState& state, const Options& options = options_at()) {
  store::ClusterState::Dirty all;
  all.all = true;
  return Translator(options).translate(state, all);
}

inline std::vector<std::string> reasons(const Report& report) {
  std::vector<std::string> found;
  for (const auto& finding : report.findings) found.push_back(finding.reason);
  return found;
}

}  // namespace palpo::translate::testing
