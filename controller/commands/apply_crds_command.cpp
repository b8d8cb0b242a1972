// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/apply_crds_command.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "controller/kube/credentials.h"

namespace palpo::commands {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Helm goes on with these objects, so the fields become its own.
constexpr const char* kManager = "helm";

std::string text_of(const json& object, const char* key) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

// Name -> text.
Result<std::map<std::string, std::string>> read_definitions(const std::string& folder) {
  std::map<std::string, std::string> definitions;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const auto object = json::parse(text.str(), nullptr, false);
    const auto name = object.is_object() && object.contains("metadata") ? text_of(object["metadata"], "name")
                                                                        : std::string();
    if (text_of(object, "kind") != "CustomResourceDefinition" || name.empty())
      return invalid(entry.path().string() + ": not a CustomResourceDefinition in JSON");
    definitions.insert_or_assign(name, std::move(text).str());
  }
  if (failed) return invalid(folder + ": " + failed.message());
  if (definitions.empty()) return invalid(folder + ": holds no .json file");
  return definitions;
}

Result<void> apply(kube::Transport& transport, const std::string& name, const std::string& text) {
  kube::TransportRequest request;
  request.method = "PATCH";
  request.target = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name +
                   "?fieldManager=" + kManager + "&force=true";
  request.content_type = "application/apply-patch+yaml";
  request.body = text;
  const auto response = transport.call(request);
  if (response.status == 200 || response.status == 201) return {};
  if (response.error) return response.error->within(name);
  const auto status = json::parse(response.body, nullptr, false);
  const auto message = text_of(status, "message");
  return invalid(name + ": the API server answered " + std::to_string(response.status) +
                 (message.empty() ? "" : ": " + message));
}

int fail(std::ostream& err, int code, const Error& error) {
  err << "apply-crds: " << error.message << "\n";
  return code;
}

}  // namespace

int apply_crds(const std::string& folder, const std::string& kubeconfig, std::ostream& out,
               std::ostream& err) {
  const auto definitions = read_definitions(folder);
  if (!definitions) return fail(err, 2, definitions.error());
  const auto access = kube::find_api_access(kubeconfig);
  if (!access) return fail(err, 1, access.error());
  auto transport = kube::make_rest_transport(access->endpoint, {});
  if (!transport) return fail(err, 1, transport.error());
  for (const auto& [name, text] : *definitions) {
    if (const auto applied = apply(**transport, name, text); !applied) return fail(err, 1, applied.error());
    out << name << " is up to date\n";
  }
  return 0;
}

}  // namespace palpo::commands
