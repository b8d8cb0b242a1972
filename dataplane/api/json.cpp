// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/json.h"

#include "dataplane/api/json_writer.h"
#include "dataplane/api/version.h"

namespace palpo::api {
namespace {

void text(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  append_json_string(out, value);
}

void optional_text(std::string& out, std::string_view name, const std::optional<std::string>& value) {
  if (value) return text(out, name, *value);
  out += name;
  out += "null";
}

void flag(std::string& out, std::string_view name, bool value) {
  out += name;
  out += value ? "true" : "false";
}

void append(std::string& out, ListenerSet listeners) {
  constexpr std::pair<Listener, std::string_view> kNames[] = {
      {Listener::http, "\"http\""}, {Listener::https, "\"https\""}, {Listener::federation, "\"federation\""}};
  char separator = '[';
  for (const auto& [listener, name] : kNames) {
    if (!listeners.has(listener)) continue;
    out += separator;
    out += name;
    separator = ',';
  }
  out += separator == '[' ? "[]" : "]";
}

void append(std::string& out, const ProxyTo& proxy) {
  text(out, R"({"cluster":)", proxy.cluster);
  out += '}';
}

void append(std::string& out, const FixedAnswer& answer) {
  out += R"({"status":)";
  out += std::to_string(answer.status);
  text(out, R"(,"content_type":)", answer.content_type);
  text(out, R"(,"cache_control":)", answer.cache_control);
  flag(out, R"(,"cors":)", answer.cors);
  text(out, R"(,"body":)", answer.body);
  out += '}';
}

void append(std::string& out, const Refusal& refusal) {
  out += R"({"status":)";
  out += std::to_string(refusal.status);
  out += '}';
}

void append(std::string& out, const Action& action) {
  constexpr std::string_view kNames[] = {R"({"proxy":)", R"({"answer":)", R"({"refuse":)"};
  out += kNames[action.index()];
  std::visit([&](const auto& each) { append(out, each); }, action);
  out += '}';
}

void append(std::string& out, const Route& route) {
  out += R"({"listeners":)";
  append(out, route.listeners);
  out += route.type == PathType::exact ? R"(,"type":"exact")" : R"(,"type":"prefix")";
  text(out, R"(,"path":)", route.path);
  out += R"(,"action":)";
  append(out, route.action);
  text(out, R"(,"owner":)", route.owner);
  out += '}';
}

template <class T>
void append_resources(std::string& out, std::string_view name,
                      const std::map<std::string, Ref<T>>& resources) {
  out += name;
  append_json_array(out, resources, [&](const auto& entry) { out += to_json(entry.second->value); });
}

}  // namespace

std::string to_json(const Host& host) {
  std::string out;
  text(out, R"({"name":)", host.name);
  optional_text(out, R"(,"certificate":)", host.certificate);
  const bool refuse = host.no_certificate == NoCertificate::refuse;
  text(out, R"(,"no_certificate":)", refuse ? "refuse" : "use_default");
  flag(out, R"(,"redirect_to_https":)", host.redirect_to_https);
  out += R"(,"routes":)";
  append_json_array(out, host.routes, [&](const Route& route) { append(out, route); });
  out += '}';
  return out;
}

std::string to_json(const Cluster& cluster) {
  std::string out;
  text(out, R"({"name":)", cluster.name);
  out += R"(,"endpoints":)";
  append_json_array(out, cluster.endpoints, [&](const Endpoint& endpoint) {
    text(out, R"({"address":)", endpoint.address);
    out += R"(,"port":)";
    out += std::to_string(endpoint.port);
    out += '}';
  });
  out += '}';
  return out;
}

std::string to_json(const Certificate& certificate) {
  std::string out;
  out.reserve(certificate.chain_pem.size() + 256);
  text(out, R"({"name":)", certificate.name);
  text(out, R"(,"chain_pem":)", certificate.chain_pem);
  text(out, R"(,"key_id":)", certificate.key_id);
  out += '}';
  return out;
}

std::string to_json(const Settings& settings) {
  std::string out;
  optional_text(out, R"({"default_certificate":)", settings.default_certificate);
  out += R"(,"default_route":)";
  if (settings.default_route)
    append(out, *settings.default_route);
  else
    out += "null";
  text(out, R"(,"default_route_owner":)", settings.default_route_owner);
  out += '}';
  return out;
}

std::string to_json(const ResourceId& id) {
  std::string out;
  text(out, R"({"kind":)", to_string(id.kind));
  text(out, R"(,"name":)", id.name);
  out += '}';
  return out;
}

std::string to_pretty_json(const Snapshot& snapshot) {
  std::string out;
  text(out, R"({"version":)", version_of(snapshot).hex());
  out += R"(,"settings":)";
  out += to_json(snapshot.settings->value);
  append_resources(out, R"(,"hosts":)", snapshot.hosts);
  append_resources(out, R"(,"clusters":)", snapshot.clusters);
  append_resources(out, R"(,"certificates":)", snapshot.certificates);
  out += '}';
  return indent_json(out);
}

}  // namespace palpo::api
