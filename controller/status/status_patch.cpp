// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_patch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.h"

namespace palpo::status {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMergePatch = "application/merge-patch+json";

// "/apis/G/V/things" and a namespace to "/apis/G/V/namespaces/N/things".
std::string namespaced_path(std::string_view list_path, const std::string& namespace_) {
  const auto slash = list_path.rfind('/');
  return std::string(list_path.substr(0, slash)) + "/namespaces/" + namespace_ +
         std::string(list_path.substr(slash));
}

std::string query_encoded(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos)
      encoded += c;
    else
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return encoded;
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json addresses_json(const std::vector<kube::LoadBalancerAddress>& addresses) {
  if (addresses.empty()) return nullptr;
  Json list = Json::array();
  for (const auto& address : addresses) {
    Json entry = Json::object();
    if (!address.ip.empty()) entry["ip"] = address.ip;
    if (!address.hostname.empty()) entry["hostname"] = address.hostname;
    list.push_back(std::move(entry));
  }
  return list;
}

Json conditions_json(const std::vector<kube::Condition>& conditions) {
  Json list = Json::array();
  for (const auto& condition : conditions)
    list.push_back({{"type", condition.type},
                    {"status", condition.status},
                    {"observedGeneration", condition.observed_generation},
                    {"lastTransitionTime", condition.last_transition_time},
                    {"reason", condition.reason},
                    {"message", condition.message}});
  return list;
}

// A merge patch removes a field by null.
Json status_json(kube::StatusKind kind, const kube::Status& status) {
  switch (kind) {
    case kube::StatusKind::addresses:
      return {{"loadBalancer", {{"ingress", addresses_json(status.addresses)}}}};
    case kube::StatusKind::conditions:
      break;
  }
  const auto& said = status.of();
  if (said.conditions.empty()) return {{"observedGeneration", nullptr}, {"conditions", nullptr}};
  return {{"observedGeneration", said.observed_generation}, {"conditions", conditions_json(said.conditions)}};
}

std::string event_path(const WantedEvent& event) {
  return "/api/v1/namespaces/" + event.meta.key.namespace_ + "/events/" + event_name(event);
}

}  // namespace

std::string field_manager(std::string_view controller_name, std::string_view class_name) {
  constexpr std::size_t kLongest = 128;  // the API server takes no more, and printable characters only
  auto name = std::string(controller_name) + ":" + std::string(class_name);
  const bool printable = std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
  if (printable && name.size() <= kLongest) return name;
  return "palpo-ingress-controller:" + sha256(name).hex().substr(0, 32);
}

kube::TransportRequest status_request(const WantedStatus& wanted, std::string_view manager,
                                      const std::string& version) {
  Json status = status_json(kube::info(wanted.kind).status, wanted.status);
  Json patch{{"status", std::move(status)}};
  if (!wanted.meta.uid.empty()) patch["metadata"]["uid"] = wanted.meta.uid;
  if (!version.empty()) patch["metadata"]["resourceVersion"] = version;
  return {.method = "PATCH",
          .target = namespaced_path(kube::info(wanted.kind).path, wanted.meta.key.namespace_) + "/" +
                    wanted.meta.key.name + "/status?fieldManager=" + query_encoded(manager),
          .body = text_of(patch),
          .content_type = std::string(kMergePatch)};
}

std::string event_name(const WantedEvent& event) {
  const auto digest = sha256(event.meta.uid + "\n" + event.reason + "\n" + event.message).hex();
  return event.meta.key.name.substr(0, 200) + "." + digest.substr(0, 16);
}

kube::TransportRequest create_event_request(const WantedEvent& event, const std::string& now) {
  const auto& kind = kube::info(event.kind);
  const Json body{{"apiVersion", "v1"},
                  {"kind", "Event"},
                  {"metadata", {{"name", event_name(event)}, {"namespace", event.meta.key.namespace_}}},
                  {"involvedObject",
                   {{"apiVersion", kind.api_version},
                    {"kind", kind.name},
                    {"namespace", event.meta.key.namespace_},
                    {"name", event.meta.key.name},
                    {"uid", event.meta.uid},
                    {"resourceVersion", event.meta.resource_version}}},
                  {"type", event.warning ? "Warning" : "Normal"},
                  {"reason", event.reason},
                  {"message", event.message.substr(0, 1024)},
                  {"source", {{"component", "palpo-ingress-controller"}}},
                  {"firstTimestamp", now},
                  {"lastTimestamp", now},
                  {"count", 1}};
  return {.method = "POST",
          .target = "/api/v1/namespaces/" + event.meta.key.namespace_ + "/events",
          .body = text_of(body),
          .content_type = "application/json"};
}

kube::TransportRequest read_event_request(const WantedEvent& event) {
  return {.method = "GET", .target = event_path(event), .body = {}, .content_type = {}};
}

kube::TransportRequest repeat_event_request(const WantedEvent& event, const std::string& existing,
                                            const std::string& now) {
  const auto json = Json::parse(existing, nullptr, false);
  std::int64_t count = 1;
  if (json.is_object())
    if (const auto field = json.find("count"); field != json.end() && field->is_number_integer())
      count = field->get<std::int64_t>();
  const Json patch{{"count", count + 1}, {"lastTimestamp", now}};
  return {.method = "PATCH",
          .target = event_path(event),
          .body = text_of(patch),
          .content_type = std::string(kMergePatch)};
}

std::string resource_version_of(const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  const auto metadata = json.find("metadata");
  if (metadata == json.end() || !metadata->is_object()) return {};
  const auto version = metadata->find("resourceVersion");
  return version != metadata->end() && version->is_string() ? version->get<std::string>() : std::string();
}

}  // namespace palpo::status
