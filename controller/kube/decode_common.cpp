// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/decode.h"

namespace palpo::kube {
namespace {

Condition decode_condition(Fields object) {
  Condition condition;
  condition.type = object.text("type");
  condition.status = object.text("status");
  condition.observed_generation = object.integer("observedGeneration");
  condition.last_transition_time = object.text("lastTransitionTime");
  condition.reason = object.text("reason");
  condition.message = object.text("message");
  return condition;
}

}  // namespace

Meta decode_meta(Fields metadata) {
  Meta meta;
  meta.key = {metadata.text("namespace"), metadata.text("name")};
  meta.uid = metadata.text("uid");
  meta.resource_version = metadata.text("resourceVersion");
  meta.generation = metadata.integer("generation");
  meta.creation_timestamp = metadata.text("creationTimestamp");
  meta.labels = metadata.text_map("labels");
  meta.annotations = metadata.text_map("annotations");
  meta.deleting = metadata.has("deletionTimestamp");
  metadata.each("managedFields", [&meta](Fields managed) {
    if (managed.text("subresource") == "status") meta.status_managers.push_back(managed.text("manager"));
  });
  return meta;
}

std::vector<LoadBalancerAddress> decode_addresses(Fields status) {
  std::vector<LoadBalancerAddress> addresses;
  status.object("loadBalancer").each("ingress", [&addresses](Fields address) {
    addresses.push_back({address.text("ip"), address.text("hostname")});
  });
  return addresses;
}

ParentStatus decode_parent_status(Fields status) {
  ParentStatus said;
  said.observed_generation = status.integer("observedGeneration");
  status.each("conditions", [&said](Fields condition) {
    said.conditions.push_back(decode_condition(std::move(condition)));
  });
  return said;
}

}  // namespace palpo::kube
