// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/shape.h"

#include <span>

namespace palpo::kube {
namespace {

enum class Is { text, integer, boolean, text_or_integer, texts, text_map, any_object, object, objects };

struct Field {
  std::string_view name;
  Is is;
  std::span<const Field> inside = {};  // of object and objects
};

constexpr Field kOwner[] = {{"apiVersion", Is::text},    {"kind", Is::text},
                            {"name", Is::text},          {"uid", Is::text},
                            {"controller", Is::boolean}, {"blockOwnerDeletion", Is::boolean}};
constexpr Field kManaged[] = {
    {"manager", Is::text},    {"operation", Is::text},      {"apiVersion", Is::text}, {"time", Is::text},
    {"fieldsType", Is::text}, {"fieldsV1", Is::any_object}, {"subresource", Is::text}};
constexpr Field kMeta[] = {{"name", Is::text},
                           {"generateName", Is::text},
                           {"namespace", Is::text},
                           {"selfLink", Is::text},
                           {"uid", Is::text},
                           {"resourceVersion", Is::text},
                           {"generation", Is::integer},
                           {"creationTimestamp", Is::text},
                           {"deletionTimestamp", Is::text},
                           {"deletionGracePeriodSeconds", Is::integer},
                           {"labels", Is::text_map},
                           {"annotations", Is::text_map},
                           {"ownerReferences", Is::objects, kOwner},
                           {"finalizers", Is::texts},
                           {"managedFields", Is::objects, kManaged}};
constexpr Field kCondition[] = {
    {"type", Is::text},   {"status", Is::text},  {"observedGeneration", Is::integer},
    {"reason", Is::text}, {"message", Is::text}, {"lastTransitionTime", Is::text}};

constexpr Field kPortStatus[] = {{"port", Is::integer}, {"protocol", Is::text}, {"error", Is::text}};
constexpr Field kAddress[] = {
    {"ip", Is::text}, {"hostname", Is::text}, {"ipMode", Is::text}, {"ports", Is::objects, kPortStatus}};
constexpr Field kLoadBalancer[] = {{"ingress", Is::objects, kAddress}};
constexpr Field kBalancedStatus[] = {{"loadBalancer", Is::object, kLoadBalancer},
                                     {"conditions", Is::objects, kCondition}};

constexpr Field kReference[] = {{"apiGroup", Is::text}, {"kind", Is::text}, {"name", Is::text}};
constexpr Field kBackendPort[] = {{"name", Is::text}, {"number", Is::integer}};
constexpr Field kBackendService[] = {{"name", Is::text}, {"port", Is::object, kBackendPort}};
constexpr Field kBackend[] = {{"service", Is::object, kBackendService}, {"resource", Is::object, kReference}};
constexpr Field kPath[] = {{"path", Is::text}, {"pathType", Is::text}, {"backend", Is::object, kBackend}};
constexpr Field kHttp[] = {{"paths", Is::objects, kPath}};
constexpr Field kRule[] = {{"host", Is::text}, {"http", Is::object, kHttp}};
constexpr Field kTls[] = {{"hosts", Is::texts}, {"secretName", Is::text}};
constexpr Field kIngressSpec[] = {{"ingressClassName", Is::text},
                                  {"defaultBackend", Is::object, kBackend},
                                  {"tls", Is::objects, kTls},
                                  {"rules", Is::objects, kRule}};
constexpr Field kIngress[] = {{"spec", Is::object, kIngressSpec}, {"status", Is::object, kBalancedStatus}};

constexpr Field kParameters[] = {{"apiGroup", Is::text},
                                 {"kind", Is::text},
                                 {"name", Is::text},
                                 {"scope", Is::text},
                                 {"namespace", Is::text}};
constexpr Field kClassSpec[] = {{"controller", Is::text}, {"parameters", Is::object, kParameters}};
constexpr Field kIngressClass[] = {{"spec", Is::object, kClassSpec}};

constexpr Field kServicePort[] = {{"name", Is::text},
                                  {"protocol", Is::text},
                                  {"port", Is::integer},
                                  {"appProtocol", Is::text},
                                  {"targetPort", Is::text_or_integer},
                                  {"nodePort", Is::integer}};
constexpr Field kClientIp[] = {{"timeoutSeconds", Is::integer}};
constexpr Field kAffinity[] = {{"clientIP", Is::object, kClientIp}};
constexpr Field kServiceSpec[] = {{"ports", Is::objects, kServicePort},
                                  {"selector", Is::text_map},
                                  {"clusterIP", Is::text},
                                  {"clusterIPs", Is::texts},
                                  {"type", Is::text},
                                  {"externalIPs", Is::texts},
                                  {"sessionAffinity", Is::text},
                                  {"loadBalancerIP", Is::text},
                                  {"loadBalancerSourceRanges", Is::texts},
                                  {"externalName", Is::text},
                                  {"externalTrafficPolicy", Is::text},
                                  {"healthCheckNodePort", Is::integer},
                                  {"publishNotReadyAddresses", Is::boolean},
                                  {"sessionAffinityConfig", Is::object, kAffinity},
                                  {"ipFamilies", Is::texts},
                                  {"ipFamilyPolicy", Is::text},
                                  {"allocateLoadBalancerNodePorts", Is::boolean},
                                  {"loadBalancerClass", Is::text},
                                  {"internalTrafficPolicy", Is::text},
                                  {"trafficDistribution", Is::text}};
constexpr Field kService[] = {{"spec", Is::object, kServiceSpec}, {"status", Is::object, kBalancedStatus}};

constexpr Field kReadiness[] = {
    {"ready", Is::boolean}, {"serving", Is::boolean}, {"terminating", Is::boolean}};
constexpr Field kTarget[] = {{"kind", Is::text},      {"namespace", Is::text},       {"name", Is::text},
                             {"uid", Is::text},       {"resourceVersion", Is::text}, {"fieldPath", Is::text},
                             {"apiVersion", Is::text}};
constexpr Field kHint[] = {{"name", Is::text}};
constexpr Field kHints[] = {{"forZones", Is::objects, kHint}, {"forNodes", Is::objects, kHint}};
constexpr Field kEndpoint[] = {{"addresses", Is::texts},
                               {"conditions", Is::object, kReadiness},
                               {"hostname", Is::text},
                               {"targetRef", Is::object, kTarget},
                               {"deprecatedTopology", Is::text_map},
                               {"nodeName", Is::text},
                               {"zone", Is::text},
                               {"hints", Is::object, kHints}};
constexpr Field kSlicePort[] = {
    {"name", Is::text}, {"protocol", Is::text}, {"port", Is::integer}, {"appProtocol", Is::text}};
constexpr Field kEndpointSlice[] = {
    {"addressType", Is::text}, {"endpoints", Is::objects, kEndpoint}, {"ports", Is::objects, kSlicePort}};

constexpr Field kSecret[] = {
    {"immutable", Is::boolean}, {"data", Is::text_map}, {"stringData", Is::text_map}, {"type", Is::text}};

constexpr Field kHomeserverService[] = {{"name", Is::text}, {"port", Is::text_or_integer}};
constexpr Field kHomeserverBackend[] = {{"service", Is::object, kHomeserverService}};
constexpr Field kHostTls[] = {{"host", Is::text}, {"secretName", Is::text}};
constexpr Field kHomeserverTls[] = {{"secretName", Is::text}, {"hosts", Is::objects, kHostTls}};
constexpr Field kWellKnown[] = {{"client", Is::any_object},
                                {"server", Is::any_object},
                                {"support", Is::any_object},
                                {"policyServer", Is::any_object},
                                {"only", Is::boolean}};
constexpr Field kHomeserverSpec[] = {{"serverName", Is::text},
                                     {"host", Is::text},
                                     {"ingressClassName", Is::text},
                                     {"backend", Is::object, kHomeserverBackend},
                                     {"tls", Is::object, kHomeserverTls},
                                     {"wellKnown", Is::object, kWellKnown}};
constexpr Field kHomeserverStatus[] = {{"observedGeneration", Is::integer},
                                       {"conditions", Is::objects, kCondition}};
constexpr Field kHomeserver[] = {{"spec", Is::object, kHomeserverSpec},
                                 {"status", Is::object, kHomeserverStatus}};

constexpr Field kNamespaceSpec[] = {{"finalizers", Is::texts}};
constexpr Field kNamespaceStatus[] = {{"phase", Is::text}, {"conditions", Is::objects, kCondition}};
constexpr Field kNamespace[] = {{"spec", Is::object, kNamespaceSpec},
                                {"status", Is::object, kNamespaceStatus}};

std::span<const Field> shape_of(Kind kind) {
  switch (kind) {
    case Kind::ingress:
      return kIngress;
    case Kind::ingress_class:
      return kIngressClass;
    case Kind::service:
      return kService;
    case Kind::endpoint_slice:
      return kEndpointSlice;
    case Kind::secret:
      return kSecret;
    case Kind::homeserver:
      return kHomeserver;
    case Kind::namespace_:
      return kNamespace;
  }
  return {};
}

const Field* find(std::span<const Field> fields, std::string_view name) {
  for (const auto& field : fields)
    if (field.name == name) return &field;
  return nullptr;
}

void check_value(const Field& field, JsonView value, const std::string& path, Fault& fault);

void check_object(std::span<const Field> known, JsonView object, const std::string& path, Fault& fault) {
  if (object.type() != JsonView::Type::object) return fault.set(path, "expected an object");
  object.each_member([&](std::string_view name, JsonView value) {
    const auto* const field = find(known, name);
    if (field == nullptr)
      fault.set(join_path(path, name), "unknown field");
    else if (!value.is_null())
      check_value(*field, value, join_path(path, name), fault);
  });
}

void check_list(const Field& field, JsonView list, const std::string& path, Fault& fault) {
  if (list.type() != JsonView::Type::array) return fault.set(path, "expected a list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto place = path + "[" + std::to_string(i) + "]";
    if (field.is == Is::objects)
      check_object(field.inside, list.at(i), place, fault);
    else if (!list.at(i).text())
      fault.set(place, "expected a string");
  }
}

void check_text_map(JsonView map, const std::string& path, Fault& fault) {
  if (map.type() != JsonView::Type::object) return fault.set(path, "expected an object");
  map.each_member([&](std::string_view name, JsonView value) {
    if (!value.text()) fault.set(join_path(path, name), "expected a string");
  });
}

void check_value(const Field& field, JsonView value, const std::string& path, Fault& fault) {
  switch (field.is) {
    case Is::text:
      if (!value.text()) fault.set(path, "expected a string");
      return;
    case Is::integer:
      if (!value.integer()) fault.set(path, "expected a whole number");
      return;
    case Is::boolean:
      if (!value.boolean()) fault.set(path, "expected true or false");
      return;
    case Is::text_or_integer:
      if (!value.text() && !value.integer()) fault.set(path, "expected a number or a name");
      return;
    case Is::texts:
    case Is::objects:
      return check_list(field, value, path, fault);
    case Is::text_map:
      return check_text_map(value, path, fault);
    case Is::any_object:
      if (value.type() != JsonView::Type::object) fault.set(path, "expected an object");
      return;
    case Is::object:
      return check_object(field.inside, value, path, fault);
  }
}

}  // namespace

void check_shape(Kind kind, JsonView object, Fault& fault) {
  std::vector<Field> top{{"apiVersion", Is::text}, {"kind", Is::text}, {"metadata", Is::object, kMeta}};
  const auto own = shape_of(kind);
  top.insert(top.end(), own.begin(), own.end());
  check_object(top, object, {}, fault);
}

}  // namespace palpo::kube
