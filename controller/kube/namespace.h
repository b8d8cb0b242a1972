// SPDX-License-Identifier: Apache-2.0
// core/v1 Namespace, as far as it is read. Plain data.
#pragma once
#include <tuple>

#include "controller/kube/kind_info.h"
#include "controller/kube/meta.h"

namespace palpo::kube {

struct Namespace {
  static constexpr KindInfo kInfo{.name = "Namespace",
                                  .api_version = "v1",
                                  .path = "/api/v1/namespaces",
                                  .namespaced = false,
                                  .absent_by = 403,
                                  .role = Role::part};
  static Namespace decode(Meta meta, Fields& object);
  static Shape shape();

  Meta meta;
  bool terminating = false;  // everything in it is going away

  auto matter() const { return std::tie(meta.key, terminating); }
};

}  // namespace palpo::kube
