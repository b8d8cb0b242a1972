// SPDX-License-Identifier: Apache-2.0
// Whether two forms of one object differ in anything a translation (or the address publisher) reads. A
// status, a resourceVersion or a label alone does not count. Pure, any thread.
#pragma once
#include "controller/kube/kinds.h"

namespace palpo::store {

bool same_to_readers(const kube::Ingress& a, const kube::Ingress& b);
bool same_to_readers(const kube::IngressClass& a, const kube::IngressClass& b);
bool same_to_readers(const kube::Service& a, const kube::Service& b);
bool same_to_readers(const kube::EndpointSlice& a, const kube::EndpointSlice& b);
bool same_to_readers(const kube::Secret& a, const kube::Secret& b);
bool same_to_readers(const kube::Homeserver& a, const kube::Homeserver& b);
bool same_to_readers(const kube::Namespace& a, const kube::Namespace& b);

}  // namespace palpo::store
