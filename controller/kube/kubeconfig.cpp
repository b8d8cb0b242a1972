// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>

#include "controller/kube/base64.h"

namespace palpo::kube {
namespace {

std::string text_at(const YAML::Node& node, const char* field) {
  const auto value = node.IsMap() ? node[field] : YAML::Node();
  return value && value.IsScalar() ? value.Scalar() : std::string();
}

// The entry of a list of {name, <field>: {...}}.
Result<YAML::Node> named(const YAML::Node& config, const char* list, const char* field,
                         const std::string& name) {
  const auto entries = config[list];
  if (entries && entries.IsSequence())
    for (const auto& entry : entries)
      if (text_at(entry, "name") == name) {
        const auto body = entry.IsMap() ? entry[field] : YAML::Node();
        return body && body.IsMap() ? body : YAML::Node(YAML::NodeType::Map);
      }
  return Error{ErrorKind::invalid, std::string(list) + " has no entry named \"" + name + "\""};
}

class Reading {
 public:
  explicit Reading(const std::string& path) : folder_(std::filesystem::absolute(path).parent_path()) {}

  Result<Kubeconfig> read(const YAML::Node& config) {
    if (!config.IsMap()) return invalid("is no mapping");
    const auto current = text_at(config, "current-context");
    if (current.empty()) return invalid("current-context is not set");
    const auto context = named(config, "contexts", "context", current);
    if (!context) return context.error();
    out_.namespace_ = text_at(*context, "namespace");
    const auto cluster = named(config, "clusters", "cluster", text_at(*context, "cluster"));
    if (!cluster) return cluster.error();
    if (const auto read = read_cluster(*cluster); !read)
      return read.error().within("cluster \"" + text_at(*context, "cluster") + "\"");
    const auto user_name = text_at(*context, "user");
    if (user_name.empty()) return std::move(out_);
    const auto user = named(config, "users", "user", user_name);
    if (!user) return user.error();
    if (const auto read = read_user(*user); !read) return read.error().within("user \"" + user_name + "\"");
    return std::move(out_);
  }

 private:
  std::string path_at(const YAML::Node& node, const char* field) const {
    const auto text = text_at(node, field);
    return text.empty() ? text : (folder_ / text).lexically_normal().string();
  }

  static Result<std::string> data_at(const YAML::Node& node, const char* field) {
    const auto text = text_at(node, field);
    if (text.empty()) return text;
    const auto size = base64_decoded_size(text);
    if (!size) return invalid(std::string(field) + " is not base64");
    std::string decoded(*size, '\0');
    base64_decode(text, decoded.data());
    return decoded;
  }

  Result<void> read_cluster(const YAML::Node& cluster) {
    out_.server = text_at(cluster, "server");
    if (out_.server.empty()) return invalid("server is not set");
    if (text_at(cluster, "insecure-skip-tls-verify") == "true")
      return invalid("insecure-skip-tls-verify is not supported: give certificate-authority");
    if (!text_at(cluster, "proxy-url").empty()) return invalid("proxy-url is not supported");
    out_.server_name = text_at(cluster, "tls-server-name");
    out_.ca_file = path_at(cluster, "certificate-authority");
    return take(data_at(cluster, "certificate-authority-data"), out_.ca_data);
  }

  Result<void> read_user(const YAML::Node& user) {
    if (user["exec"])
      return invalid("exec plugins (\"" + text_at(user["exec"], "command") +
                     "\") are not supported: use a client certificate, a token or a token file");
    if (user["auth-provider"]) return invalid("auth-provider is not supported: use a token or a token file");
    if (!text_at(user, "username").empty()) return invalid("username and password are not supported");
    out_.token = text_at(user, "token");
    out_.token_file = path_at(user, "tokenFile");
    out_.certificate_file = path_at(user, "client-certificate");
    out_.key_file = path_at(user, "client-key");
    if (auto read = take(data_at(user, "client-certificate-data"), out_.certificate_data); !read) return read;
    if (auto read = take(data_at(user, "client-key-data"), out_.key_data); !read) return read;
    const bool certificate = !out_.certificate_file.empty() || !out_.certificate_data.empty();
    const bool key = !out_.key_file.empty() || !out_.key_data.empty();
    if (certificate != key)
      return invalid("a client certificate and its key belong together: one is missing");
    return {};
  }

  static Result<void> take(Result<std::string> from, std::string& into) {
    if (!from) return from.error();
    into = *std::move(from);
    return {};
  }

  std::filesystem::path folder_;
  Kubeconfig out_;
};

}  // namespace

Result<Kubeconfig> read_kubeconfig(const std::string& path) {
  try {
    auto config = Reading(path).read(YAML::LoadFile(path));
    if (!config) return config.error().within("kubeconfig " + path);
    return config;
  } catch (const YAML::BadFile&) {
    return Error{ErrorKind::not_found, "kubeconfig " + path + ": cannot be read"};
  } catch (const YAML::Exception& e) {
    return invalid("kubeconfig " + path + ": " + e.what());
  }
}

}  // namespace palpo::kube
