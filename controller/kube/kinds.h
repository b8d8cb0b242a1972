// SPDX-License-Identifier: Apache-2.0
// The one table of the kinds this controller reads: extend here, and the reader of each source follows.
// Objects are immutable and shared. Pure, any thread.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "controller/kube/homeserver.h"
#include "controller/kube/ingress.h"
#include "controller/kube/meta.h"
#include "controller/kube/namespace.h"
#include "controller/kube/secret.h"
#include "controller/kube/service.h"

namespace palpo::kube {

enum class Kind { ingress, ingress_class, service, endpoint_slice, secret, homeserver, namespace_ };
inline constexpr std::array kAllKinds{Kind::ingress,        Kind::ingress_class, Kind::service,
                                      Kind::endpoint_slice, Kind::secret,        Kind::homeserver,
                                      Kind::namespace_};

struct KindInfo {
  Kind kind;
  std::string_view name;            // "Ingress"
  std::string_view api_version;     // "networking.k8s.io/v1"
  std::string_view path;            // list path at cluster scope: "/apis/networking.k8s.io/v1/ingresses"
  std::string_view field_selector;  // "" or "type=kubernetes.io/tls"
  bool namespaced;
  // The answer by which a cluster is without the kind, and served without it: 403 where a role may lack the
  // right, 404 where its definition may be missing. 0: nothing is ever published without it.
  int absent_by;
};
const KindInfo& info(Kind kind);
// nullopt: a kind this controller does not read.
std::optional<Kind> find_kind(std::string_view api_version, std::string_view kind);

using Object = std::variant<std::shared_ptr<const Ingress>, std::shared_ptr<const IngressClass>,
                            std::shared_ptr<const Service>, std::shared_ptr<const EndpointSlice>,
                            std::shared_ptr<const Secret>, std::shared_ptr<const Homeserver>,
                            std::shared_ptr<const Namespace>>;
Kind kind_of(const Object& object);
const Meta& meta_of(const Object& object);

// An object whose JSON does not have the shape of its kind. Its meta is what could be read; the author is
// told.
struct BrokenObject {
  Kind kind = Kind::ingress;
  Meta meta;
  std::string message;  // "spec.backend.service.port: expected a number or a name"
  std::optional<std::string> class_name =
      {};  // of an Ingress or a PalpoHomeserver, as far as it could be read
};

// One object from its JSON text. strict: unknown fields and duplicate keys are errors too (files); the API
// server has already pruned and checked what it hands out. An object without metadata.name is an Error, not a
// BrokenObject.
Result<std::variant<Object, BrokenObject>> decode_object(Kind kind, std::string_view json, bool strict);

}  // namespace palpo::kube
