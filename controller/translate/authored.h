// SPDX-License-Identifier: Apache-2.0
// What an object of an authored kind asks for. Each kind says it in a file of its own (ingress_claims.cpp,
// homeserver_claims.cpp); nothing else in translation knows one from another. Pure.
#pragma once
#include "controller/kube/kinds.h"
#include "controller/translate/claims.h"
#include "controller/translate/options.h"

namespace palpo::translate {

template <kube::Authored T>
ObjectClaims claims_of(const T& object, const Options& options);

// What every kind begins with.
template <kube::Authored T>
ObjectClaims empty_claims(const T& object) {
  ObjectClaims claims;
  claims.owner = {object.meta.creation_timestamp, object.meta.key, kube::kind_of_type<T>()};
  claims.uid = object.meta.uid;
  claims.generation = object.meta.generation;
  return claims;
}

}  // namespace palpo::translate
