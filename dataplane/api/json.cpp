// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/json.h"

#include "dataplane/api/fields.h"
#include "dataplane/api/json_write.h"
#include "dataplane/api/version.h"

namespace palpo::api {
namespace {

template <class T>
std::string json_of(const T& value, std::size_t size_hint = 0) {
  std::string out;
  out.reserve(size_hint);
  write_json(out, value);
  return out;
}

template <class T>
void append_resources(std::string& out, std::string_view name,
                      const std::map<std::string, Ref<T>>& resources) {
  append_json_name(out, ',', name);
  append_json_array(out, resources, [&](const auto& entry) { write_json(out, entry.second); });
}

}  // namespace

std::string to_json(const Host& host) { return json_of(host); }
std::string to_json(const Cluster& cluster) { return json_of(cluster); }
std::string to_json(const Certificate& certificate) {
  return json_of(certificate, certificate.chain_pem.size() + 256);
}
std::string to_json(const Settings& settings) { return json_of(settings); }
std::string to_json(const ResourceId& id) { return json_of(id); }

std::string to_pretty_json(const Snapshot& snapshot) {
  std::string out;
  append_json_name(out, '{', "version");
  write_json(out, version_of(snapshot));
  append_json_name(out, ',', "settings");
  write_json(out, snapshot.settings);
  append_resources(out, "hosts", snapshot.hosts);
  append_resources(out, "clusters", snapshot.clusters);
  append_resources(out, "certificates", snapshot.certificates);
  out += '}';
  return indent_json(out);
}

}  // namespace palpo::api
