// SPDX-License-Identifier: Apache-2.0
// core/v1 Secret of type kubernetes.io/tls. The key is in locked memory from the moment it is decoded.
#pragma once
#include <memory>
#include <string>
#include <tuple>

#include "base/secret_bytes.h"
#include "controller/kube/kind_info.h"
#include "controller/kube/meta.h"

namespace palpo::kube {

struct Secret {
  static constexpr KindInfo kInfo{.name = "Secret",
                                  .api_version = "v1",
                                  .path = "/api/v1/secrets",
                                  .field_selector = "type=kubernetes.io/tls",
                                  .role = Role::referenced};
  static Secret decode(Meta meta, Fields& object);
  static Shape shape();

  Meta meta;
  std::string type;
  std::string tls_crt;                         // PEM as in data["tls.crt"], decoded
  std::shared_ptr<const SecretBytes> tls_key;  // PEM of data["tls.key"], decoded; null: absent

  struct KeyBytes {
    const SecretBytes* bytes = nullptr;
    bool operator==(const KeyBytes& other) const {
      return bytes == other.bytes || (bytes && other.bytes && bytes->equals(*other.bytes));
    }
  };
  auto matter() const { return std::tuple(std::tie(meta.key, type, tls_crt), KeyBytes{tls_key.get()}); }
};

}  // namespace palpo::kube
