// SPDX-License-Identifier: Apache-2.0
#include "controller/lease/lease.h"

#include <nlohmann/json.hpp>
#include <tuple>

namespace palpo::lease {
namespace {

using Json = nlohmann::json;

constexpr const char* kJson = "application/json";

std::string path_of(const kube::ObjectKey& name) {
  return "/apis/coordination.k8s.io/v1/namespaces/" + name.namespace_ + "/leases";
}

std::string text_at(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_at(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

void write_spec(Json& document, const Lease& lease) {
  auto& spec = document["spec"];
  if (!spec.is_object()) spec = Json::object();
  spec["holderIdentity"] = lease.holder;
  spec["leaseDurationSeconds"] = lease.duration_seconds;
  spec["leaseTransitions"] = lease.transitions;
  spec["acquireTime"] = lease.acquire_time;
  spec["renewTime"] = lease.renew_time;
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

bool same_record(const Lease& a, const Lease& b) {
  const auto record = [](const Lease& lease) {
    return std::tie(lease.holder, lease.duration_seconds, lease.transitions, lease.acquire_time,
                    lease.renew_time);
  };
  return record(a) == record(b);
}

Result<Lease> decode_lease(std::string_view json) {
  const auto document = Json::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("metadata") || !document["metadata"].is_object())
    return invalid("expected a Lease");
  const auto version = text_at(document["metadata"], "resourceVersion");
  if (version.empty()) return invalid("metadata.resourceVersion of the Lease: required");
  Lease lease;
  lease.document = json;
  const auto spec = document.find("spec");
  if (spec == document.end() || !spec->is_object()) return lease;
  lease.holder = text_at(*spec, "holderIdentity");
  lease.duration_seconds = number_at(*spec, "leaseDurationSeconds");
  lease.transitions = number_at(*spec, "leaseTransitions");
  lease.acquire_time = text_at(*spec, "acquireTime");
  lease.renew_time = text_at(*spec, "renewTime");
  return lease;
}

kube::TransportRequest read_request(const kube::ObjectKey& name) {
  return {"GET", path_of(name) + "/" + name.name, "", ""};
}

kube::TransportRequest create_request(const kube::ObjectKey& name, const Lease& lease) {
  Json document{{"apiVersion", "coordination.k8s.io/v1"},
                {"kind", "Lease"},
                {"metadata", {{"namespace", name.namespace_}, {"name", name.name}}}};
  write_spec(document, lease);
  return {"POST", path_of(name), text_of(document), kJson};
}

kube::TransportRequest update_request(const kube::ObjectKey& name, const Lease& lease) {
  auto document = Json::parse(lease.document, nullptr, false);
  write_spec(document, lease);
  return {"PUT", path_of(name) + "/" + name.name, text_of(document), kJson};
}

}  // namespace palpo::lease
