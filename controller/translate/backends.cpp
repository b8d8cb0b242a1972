// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/backends.h"

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "base/net_address.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

using Slices = std::vector<std::shared_ptr<const kube::EndpointSlice>>;

std::string the_service(const BackendRef& backend) { return "Service " + backend.service.text(); }

const kube::ServicePort* find_port(const kube::Service& service, const kube::PortRef& port) {
  for (const auto& candidate : service.ports) {
    if (candidate.protocol != "TCP") continue;
    const auto* number = std::get_if<std::int32_t>(&port);
    if (number ? candidate.port == *number : candidate.name == std::get<std::string>(port)) return &candidate;
  }
  return nullptr;
}

bool is_address(const kube::EndpointSlice& slice, const std::string& text) {
  return slice.address_type == "FQDN" ? !api::address_fault(text) : is_ip_literal(text);
}

template <class Wanted>
std::vector<api::Endpoint> collect(const Slices& slices, const std::string& port_name, Wanted wanted) {
  std::vector<api::Endpoint> found;
  for (const auto& slice : slices) {
    const auto port = std::find_if(slice->ports.begin(), slice->ports.end(), [&](const kube::SlicePort& p) {
      return p.name == port_name && p.protocol == "TCP" && p.port > 0 && p.port <= 65535;
    });
    if (port == slice->ports.end()) continue;
    for (const auto& endpoint : slice->endpoints) {
      if (!wanted(endpoint)) continue;
      for (const auto& address : endpoint.addresses) {
        if (is_address(*slice, address)) found.push_back({address, static_cast<std::uint16_t>(port->port)});
      }
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool names_this_machine(const std::string& name) {
  return name == "localhost" || name.ends_with(".localhost") || name.starts_with("127.") || name == "::1" ||
         name == "0.0.0.0" || name == "::" || name.starts_with("::ffff:127.") || name.starts_with("169.254.");
}

ResolvedBackend external(const BackendRef& backend, const kube::Service& service, const Options& options) {
  auto name = ascii_lowered(service.external_name);
  if (name.ends_with('.')) name.pop_back();
  if (const auto fault = api::address_fault(name)) {
    return {{},
            {warning(Concern::backend, "ServiceInvalid",
                     the_service(backend) + ": externalName " + api::shown(service.external_name) + " " +
                         *fault)}};
  }
  if (!options.local_backends && names_this_machine(name)) {
    return {{},
            {warning(Concern::backend, "ServiceInvalid",
                     the_service(backend) + ": externalName " + name + " would be the ingress itself")}};
  }
  const auto* listed = find_port(service, backend.port);
  const auto* number = std::get_if<std::int32_t>(&backend.port);
  const std::int32_t port = listed ? listed->port : number ? *number : 0;  // needs no list of ports
  if (port <= 0 || port > 65535) {
    return {{},
            {warning(Concern::backend, "PortNotFound",
                     the_service(backend) + " has no TCP port " + kube::to_string(backend.port))}};
  }
  ResolvedBackend resolved{{{name, static_cast<std::uint16_t>(port)}}, {}};
  if (listed && listed->target_port && *listed->target_port != kube::PortRef(port)) {
    resolved.findings.push_back(warning(Concern::backend, "PortTargetUnused",
                                        the_service(backend) + ": externalName " + name +
                                            " is reached at port " + std::to_string(port) +
                                            ", its targetPort " + kube::to_string(*listed->target_port) +
                                            " is not used; write the port to reach as port"));
  }
  return resolved;
}

// Why nobody stands behind a port, as far as the slices tell.
Finding no_endpoints(const BackendRef& backend, const kube::Service& service, const kube::ServicePort& port,
                     const Slices& slices) {
  std::set<std::string> others;
  bool named = false;
  for (const auto& slice : slices) {
    if (slice->endpoints.empty()) continue;
    for (const auto& candidate : slice->ports) {
      if (candidate.protocol != "TCP") continue;
      named = named || candidate.name == port.name;
      others.insert(candidate.name);
    }
  }
  if (!named && !others.empty()) {
    std::string list;
    for (const auto& name : others) list += (list.empty() ? "" : ", ") + api::shown(name);
    return warning(Concern::backend, "PortNotFound",
                   the_service(backend) + ": port " + kube::to_string(backend.port) + " is named " +
                       api::shown(port.name) + ", the ports of its EndpointSlices are named " + list +
                       "; both must have the same name");
  }
  if (slices.empty() && !service.has_selector) {
    return warning(Concern::backend, "NoEndpoints",
                   the_service(backend) +
                       " has neither a selector nor an EndpointSlice; write one, with the label "
                       "kubernetes.io/service-name: " +
                       backend.service.name);
  }
  return note(Concern::backend, "NoEndpoints",
              the_service(backend) + " has no ready endpoint for port " + kube::to_string(backend.port));
}

ResolvedBackend unknown(const BackendRef& backend, const store::ClusterState& state) {
  if (const auto* broken = state.find_broken(kube::Kind::service, backend.service)) {
    return {{},
            {warning(Concern::backend, "ServiceInvalid",
                     the_service(backend) + " cannot be read: " + broken->fault.text())}};
  }
  return {{}, {warning(Concern::backend, "ServiceNotFound", the_service(backend) + " does not exist")}};
}

}  // namespace

ResolvedBackend resolve_backend(const BackendRef& backend, const store::ClusterState& state,
                                const Options& options) {
  if (!backend.resource.empty()) {
    return {
        {},
        {warning("ResourceBackendUnsupported",
                 "backend " + backend.resource + " is not a Service: its requests are answered with 503")}};
  }
  const auto found = state.find<kube::Service>(backend.service);
  if (!found) return unknown(backend, state);
  const auto& service = *found;
  if (service.type == "ExternalName") return external(backend, service, options);
  const auto* port = find_port(service, backend.port);
  if (!port) {
    return {{},
            {warning(Concern::backend, "PortNotFound",
                     the_service(backend) + " has no TCP port " + kube::to_string(backend.port))}};
  }
  const auto slices = state.slices_of(backend.service);
  auto endpoints = collect(slices, port->name, [](const kube::SliceEndpoint& e) { return e.ready; });
  if (endpoints.empty()) {
    endpoints =
        collect(slices, port->name, [](const kube::SliceEndpoint& e) { return e.serving && e.terminating; });
  }
  ResolvedBackend resolved{std::move(endpoints), {}};
  if (resolved.endpoints.empty()) resolved.findings.push_back(no_endpoints(backend, service, *port, slices));
  return resolved;
}

}  // namespace palpo::translate
