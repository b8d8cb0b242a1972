// SPDX-License-Identifier: Apache-2.0
// What an Ingress asks for. Pure.
#pragma once
#include "controller/kube/ingress.h"
#include "controller/translate/claims.h"

namespace palpo::translate {

ObjectClaims ingress_claims(const kube::Ingress& ingress);

}  // namespace palpo::translate
