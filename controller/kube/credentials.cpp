// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/credentials.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/kube/kubeconfig.h"
#include "controller/kube/private_file.h"
#include "controller/kube/token_file.h"

namespace palpo::kube {
namespace {

constexpr const char* kServiceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return trimmed(std::move(text).str());
}

// "https://host:port" without a path.
Result<void> read_server(const std::string& url, ApiEndpoint& endpoint) {
  const auto bad = [&] { return invalid("server: \"" + url + "\" is not https://HOST[:PORT]"); };
  const auto colon = url.find("://");
  if (colon == std::string::npos) return bad();
  endpoint.scheme = url.substr(0, colon);
  if (endpoint.scheme != "https" && endpoint.scheme != "http") return bad();
  std::string rest = url.substr(colon + 3);
  while (rest.ends_with('/')) rest.pop_back();
  if (rest.find('/') != std::string::npos) return bad();
  endpoint.port = endpoint.scheme == "https" ? 443 : 80;
  auto port_at = rest.rfind(':');
  if (rest.starts_with('[')) {
    const auto bracket = rest.find(']');
    if (bracket == std::string::npos) return bad();
    port_at = bracket + 1 < rest.size() && rest[bracket + 1] == ':' ? bracket + 1 : std::string::npos;
    endpoint.host = rest.substr(1, bracket - 1);
  } else {
    endpoint.host = rest.substr(0, port_at);
  }
  if (endpoint.host.empty()) return bad();
  if (port_at != std::string::npos) {
    const char* const end = rest.data() + rest.size();
    const auto [stopped, failed] = std::from_chars(rest.data() + port_at + 1, end, endpoint.port);
    if (failed != std::errc() || stopped != end || endpoint.port == 0) return bad();
  }
  return {};
}

// A path, or a private file with the inline data; `keep` holds the file for as long as the endpoint lives.
Result<std::string> path_for(const std::string& path, const std::string& data,
                             std::vector<std::shared_ptr<const PrivateFile>>& keep) {
  if (data.empty()) return path;  // inline data wins, as in client-go
  auto file = PrivateFile::create(data);
  if (!file) return file.error();
  keep.push_back(*file);
  return (*file)->path();
}

// The file wins, as in client-go.
Result<void> read_token(const Kubeconfig& config, TokenSource& token) {
  if (!config.token_file.empty()) {
    auto followed = follow_token_file(config.token_file);
    if (!followed) return followed.error();
    token = std::move(*followed);
  } else if (!config.token.empty()) {
    const auto cleaned = clean_token(config.token);
    if (!cleaned) return cleaned.error();
    token = [text = *cleaned](TokenWish) { return text; };
  }
  return {};
}

}  // namespace

Result<ApiAccess> in_cluster_access(const std::function<const char*(const char*)>& getenv,
                                    const std::string& service_account_dir) {
  const auto variable = [&](const char* name) {
    const char* value = getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const auto host = variable("KUBERNETES_SERVICE_HOST");
  const auto port = variable("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty())
    return Error{ErrorKind::not_found,
                 "not in a cluster (KUBERNETES_SERVICE_HOST is not set) and no --kubeconfig was given"};
  ApiAccess access;
  access.origin = "in-cluster service account";
  // cpprestsdk cannot connect to an IPv6 literal; this name is in every API server's certificate.
  access.endpoint.host = host.find(':') == std::string::npos ? host : "kubernetes.default.svc";
  const char* const end = port.data() + port.size();
  if (const auto [stopped, failed] = std::from_chars(port.data(), end, access.endpoint.port);
      failed != std::errc() || stopped != end || access.endpoint.port == 0)
    return invalid("KUBERNETES_SERVICE_PORT: \"" + port + "\" is not a port");
  const auto token_file = service_account_dir + "/token";
  access.endpoint.ca_file = service_account_dir + "/ca.crt";
  for (const auto& file : {token_file, access.endpoint.ca_file})
    if (!std::filesystem::exists(file))
      return Error{ErrorKind::not_found,
                   file + " is missing: is a service account mounted into this container?"};
  auto token = follow_token_file(token_file);
  if (!token) return token.error();
  access.endpoint.bearer_token = std::move(*token);
  access.namespace_ = read_file(service_account_dir + "/namespace");
  if (access.namespace_.empty()) access.namespace_ = "default";
  return access;
}

Result<ApiAccess> kubeconfig_access(const std::string& path) {
  const auto config = read_kubeconfig(path);
  if (!config) return config.error();
  ApiAccess access;
  access.origin = path;
  access.namespace_ = config->namespace_.empty() ? "default" : config->namespace_;
  auto& endpoint = access.endpoint;
  if (const auto read = read_server(config->server, endpoint); !read)
    return read.error().within("kubeconfig " + path);
  endpoint.server_name = config->server_name;

  std::vector<std::shared_ptr<const PrivateFile>> keep;
  const auto ca = path_for(config->ca_file, config->ca_data, keep);
  const auto certificate = path_for(config->certificate_file, config->certificate_data, keep);
  const auto key = path_for(config->key_file, config->key_data, keep);
  for (const auto* file : {&ca, &certificate, &key})
    if (!*file) return file->error().within("kubeconfig " + path);
  endpoint.ca_file = *ca;
  endpoint.client_certificate_file = *certificate;
  endpoint.client_key_file = *key;

  TokenSource token;
  if (const auto read = read_token(*config, token); !read) return read.error().within("kubeconfig " + path);
  // Copies of the endpoint share what keeps the inline files alive.
  endpoint.bearer_token = [token = std::move(token), keep = std::move(keep)](TokenWish wish) {
    return token ? token(wish) : std::string();
  };
  return access;
}

Result<ApiAccess> find_api_access(const std::string& kubeconfig_flag) {
  if (!kubeconfig_flag.empty()) return kubeconfig_access(kubeconfig_flag);
  if (const char* path = std::getenv("KUBECONFIG"); path != nullptr && *path != '\0') {
    if (std::string_view(path).find(':') != std::string_view::npos)
      return invalid("KUBECONFIG: several files are not supported: " + std::string(path));
    return kubeconfig_access(path);
  }
  return in_cluster_access([](const char* name) { return std::getenv(name); }, kServiceAccountDir);
}

}  // namespace palpo::kube
