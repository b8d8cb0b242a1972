// SPDX-License-Identifier: Apache-2.0
// core/v1 Secret of type kubernetes.io/tls. The key is in locked memory from the moment it is decoded.
#pragma once
#include <memory>
#include <string>

#include "base/secret_bytes.h"
#include "controller/kube/meta.h"

namespace palpo::kube {

struct Secret {
  Meta meta;
  std::string type;
  std::string tls_crt;                         // PEM as in data["tls.crt"], decoded
  std::shared_ptr<const SecretBytes> tls_key;  // PEM of data["tls.key"], decoded; null: absent
};

}  // namespace palpo::kube
