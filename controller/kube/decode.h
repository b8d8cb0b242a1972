// SPDX-License-Identifier: Apache-2.0
// From JSON values to the plain structs of the kinds. Wrong shapes end in the reader's Fault; the struct is
// then unusable. decode_value is decode_object for a value that is parsed already. Pure, any thread.
#pragma once
#include "controller/kube/fields.h"
#include "controller/kube/kinds.h"

namespace palpo::kube {

Meta decode_meta(Fields metadata);
std::vector<LoadBalancerAddress> decode_addresses(Fields status);

Ingress decode_ingress(Meta meta, Fields& object);
IngressClass decode_ingress_class(Meta meta, Fields& object);
Service decode_service(Meta meta, Fields& object);
EndpointSlice decode_endpoint_slice(Meta meta, Fields& object);
Secret decode_secret(Meta meta, Fields& object);
Homeserver decode_homeserver(Meta meta, Fields& object);
Namespace decode_namespace(Meta meta, Fields& object);

Result<std::variant<Object, BrokenObject>> decode_value(Kind kind, JsonView value, bool strict);

}  // namespace palpo::kube
