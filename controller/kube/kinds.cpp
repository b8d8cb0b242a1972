// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/kinds.h"

#include "controller/kube/decode.h"
#include "controller/kube/shape.h"

namespace palpo::kube {
namespace {

constexpr std::array<KindInfo, kAllKinds.size()> kInfos{{
    {Kind::ingress, "Ingress", "networking.k8s.io/v1", "/apis/networking.k8s.io/v1/ingresses", "", true, 0},
    {Kind::ingress_class, "IngressClass", "networking.k8s.io/v1", "/apis/networking.k8s.io/v1/ingressclasses",
     "", false, 403},
    {Kind::service, "Service", "v1", "/api/v1/services", "", true, 0},
    {Kind::endpoint_slice, "EndpointSlice", "discovery.k8s.io/v1", "/apis/discovery.k8s.io/v1/endpointslices",
     "", true, 0},
    {Kind::secret, "Secret", "v1", "/api/v1/secrets", "type=kubernetes.io/tls", true, 0},
    {Kind::homeserver, "PalpoHomeserver", "palpo.im/v1alpha1", "/apis/palpo.im/v1alpha1/palpohomeservers", "",
     true, 404},
    {Kind::namespace_, "Namespace", "v1", "/api/v1/namespaces", "", false, 403},
}};

// Names of all kinds here are RFC 1123 subdomains or stricter; other names would blur keys and messages.
bool is_object_name(std::string_view name) {
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.front() == '-') return false;
  if (name.back() == '.' || name.back() == '-') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

template <class T>
Object share(T object) {
  return std::make_shared<const T>(std::move(object));
}

Object decode_known(Kind kind, Meta meta, Fields& object) {
  switch (kind) {
    case Kind::ingress:
      return share(decode_ingress(std::move(meta), object));
    case Kind::ingress_class:
      return share(decode_ingress_class(std::move(meta), object));
    case Kind::service:
      return share(decode_service(std::move(meta), object));
    case Kind::endpoint_slice:
      return share(decode_endpoint_slice(std::move(meta), object));
    case Kind::secret:
      return share(decode_secret(std::move(meta), object));
    case Kind::namespace_:
      return share(decode_namespace(std::move(meta), object));
    case Kind::homeserver:
      break;
  }
  return share(decode_homeserver(std::move(meta), object));
}

std::optional<std::string> class_of(const Object& object) {
  if (const auto* const ingress = std::get_if<std::shared_ptr<const Ingress>>(&object))
    return (*ingress)->class_name;
  if (const auto* const homeserver = std::get_if<std::shared_ptr<const Homeserver>>(&object))
    return (*homeserver)->class_name;
  return std::nullopt;
}

// Items of a list carry neither kind nor apiVersion.
Result<void> check_type(Kind kind, Fields& object) {
  const std::string name(info(kind).name);
  const std::string api_version(info(kind).api_version);
  const auto found = object.text("kind", name);
  const auto found_version = object.text("apiVersion", api_version);
  if (found == name && found_version == api_version) return {};
  return invalid("expected " + api_version + " " + name + ", found " + found_version + " " + found);
}

}  // namespace

const KindInfo& info(Kind kind) { return kInfos[static_cast<std::size_t>(kind)]; }

std::optional<Kind> find_kind(std::string_view api_version, std::string_view kind) {
  for (const auto& known : kInfos)
    if (known.api_version == api_version && known.name == kind) return known.kind;
  return std::nullopt;
}

Kind kind_of(const Object& object) { return kAllKinds[object.index()]; }

const Meta& meta_of(const Object& object) {
  return std::visit([](const auto& held) -> const Meta& { return held->meta; }, object);
}

Namespace decode_namespace(Meta meta, Fields& object) {
  const bool terminating = meta.deleting || object.object("status").text("phase") == "Terminating";
  return {std::move(meta), terminating};
}

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

Result<std::variant<Object, BrokenObject>> decode_value(Kind kind, JsonView value, bool strict) {
  if (value.type() != JsonView::Type::object) return invalid("expected an object");
  Fault fault;
  Fields object(value, "", fault);
  if (auto type = check_type(kind, object); !type) return type.error();
  Meta meta = decode_meta(object.object("metadata"));
  if (meta.key.name.empty()) return invalid("metadata.name: required");
  if (strict && !is_object_name(meta.key.name)) return invalid("metadata.name: not a valid object name");
  if (strict && !meta.key.namespace_.empty() && !is_object_name(meta.key.namespace_))
    return invalid("metadata.namespace: not a valid namespace name");
  // The key is needed to report anything below; it is kept whatever else is wrong.
  BrokenObject broken{.kind = kind, .meta = meta, .message = {}};
  if (strict) check_shape(kind, value, fault);
  Object decoded = decode_known(kind, std::move(meta), object);
  if (!fault.found()) return std::variant<Object, BrokenObject>(std::move(decoded));
  broken.message = std::move(fault.message);
  broken.class_name = class_of(decoded);
  return std::variant<Object, BrokenObject>(std::move(broken));
}

Result<std::variant<Object, BrokenObject>> decode_object(Kind kind, std::string_view json, bool strict) {
  const auto duplicates = strict ? DuplicateKeys::refused : DuplicateKeys::last_wins;
  auto document = JsonDocument::parse(json, duplicates);
  if (!document) return document.error();
  return decode_value(kind, document->root(), strict);
}

}  // namespace palpo::kube
