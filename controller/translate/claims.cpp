// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/claims.h"

#include "controller/translate/names.h"
#include "dataplane/api/names.h"

namespace palpo::translate {

std::string Owner::text() const { return std::string(kube::info(kind).name) + " " + key.text(); }
std::string Owner::label() const { return std::string(kube::info(kind).name) + "/" + key.text(); }

std::string BackendRef::cluster() const {
  if (!resource.empty()) return service.namespace_ + "/" + resource + ":resource";
  return service.text() + ":" + kube::to_string(port);
}

BackendRef backend_ref(const std::string& namespace_, const kube::IngressBackend& backend) {
  return {{namespace_, backend.service},
          backend.port,
          backend.service.empty() ? backend.resource : std::string()};
}

std::optional<std::string> backend_fault(const BackendRef& backend) {
  if (backend.service.name.empty() && backend.resource.empty()) return "the backend names no Service";
  if (backend.resource.empty()) {
    if (const auto fault = object_name_fault(backend.service.name, "Service"))
      return "Service " + api::shown(backend.service.name) + " " + *fault;
  }
  const auto name = backend.cluster();
  if (const auto fault = api::resource_name_fault(name)) return "backend " + api::shown(name) + " " + *fault;
  return std::nullopt;
}

}  // namespace palpo::translate
