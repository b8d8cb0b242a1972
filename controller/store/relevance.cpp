// SPDX-License-Identifier: Apache-2.0
#include "controller/store/relevance.h"

#include <string>
#include <tuple>

namespace palpo::store {
namespace {

auto identity(const kube::Meta& meta) { return std::tie(meta.key, meta.creation_timestamp); }

// What an author may change: the generation is told back to them in conditions, and does not count
// annotations. Another uid is another object of the same name, which may have come within the same second.
auto authored(const kube::Meta& meta) {
  return std::tie(meta.key, meta.uid, meta.creation_timestamp, meta.generation, meta.annotations);
}

bool same_key_bytes(const std::shared_ptr<const SecretBytes>& a,
                    const std::shared_ptr<const SecretBytes>& b) {
  if (a == b) return true;
  return a && b && a->equals(*b);
}

}  // namespace

bool same_to_readers(const kube::Ingress& a, const kube::Ingress& b) {
  return authored(a.meta) == authored(b.meta) && a.class_name == b.class_name &&
         a.default_backend == b.default_backend && a.tls == b.tls && a.rules == b.rules;
}

bool same_to_readers(const kube::IngressClass& a, const kube::IngressClass& b) {
  return identity(a.meta) == identity(b.meta) && a.meta.annotations == b.meta.annotations &&
         a.controller == b.controller;
}

// The status of a Service carries the addresses that --publish-service follows.
bool same_to_readers(const kube::Service& a, const kube::Service& b) {
  return identity(a.meta) == identity(b.meta) &&
         std::tie(a.type, a.external_name, a.cluster_ip, a.external_ips, a.ports, a.has_selector,
                  a.load_balancer) == std::tie(b.type, b.external_name, b.cluster_ip, b.external_ips, b.ports,
                                               b.has_selector, b.load_balancer);
}

bool same_to_readers(const kube::EndpointSlice& a, const kube::EndpointSlice& b) {
  return a.meta.key == b.meta.key && std::tie(a.service, a.address_type, a.endpoints, a.ports) ==
                                         std::tie(b.service, b.address_type, b.endpoints, b.ports);
}

bool same_to_readers(const kube::Secret& a, const kube::Secret& b) {
  return a.meta.key == b.meta.key && a.type == b.type && a.tls_crt == b.tls_crt &&
         same_key_bytes(a.tls_key, b.tls_key);
}

bool same_to_readers(const kube::Namespace& a, const kube::Namespace& b) {
  return a.meta.key == b.meta.key && a.terminating == b.terminating;
}

bool same_to_readers(const kube::Homeserver& a, const kube::Homeserver& b) {
  return authored(a.meta) == authored(b.meta) &&
         std::tie(a.server_name, a.host, a.class_name, a.service, a.port, a.tls_secret, a.tls_hosts,
                  a.well_known_client, a.well_known_server, a.well_known_support, a.well_known_policy_server,
                  a.well_known_only) == std::tie(b.server_name, b.host, b.class_name, b.service, b.port,
                                                 b.tls_secret, b.tls_hosts, b.well_known_client,
                                                 b.well_known_server, b.well_known_support,
                                                 b.well_known_policy_server, b.well_known_only);
}

}  // namespace palpo::store
