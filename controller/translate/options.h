// SPDX-License-Identifier: Apache-2.0
// What translation is told beside the objects. Plain data.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "controller/kube/meta.h"

namespace palpo::translate {

struct Options {
  std::string controller_name = "palpo.im/ingress-controller";  // IngressClass.spec.controller that is ours
  std::string class_name = "palpo";  // ours also where there is no IngressClass of that name
  bool one_class = false;            // of the controller's IngressClasses only the one of that name is ours
  bool alone = true;  // nobody else looks after the same objects: a PalpoHomeserver without a class is ours
  std::optional<kube::ObjectKey> default_tls_secret = {};
  std::uint16_t https_port = 443;  // of the public address, for m.server and base_url
  std::uint16_t federation_port = 8448;
  // An ExternalName may name this very machine. False where tenants write the Services and loopback is ours.
  bool local_backends = true;
  std::function<WallClock::time_point()> now = WallClock::now;  // whether certificates are in time
};

}  // namespace palpo::translate
