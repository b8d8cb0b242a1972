// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace palpo::kube {
namespace {

struct CredentialsTest : testing::Test {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("palpo-credentials-" + std::to_string(getpid()));
  std::map<std::string, std::string> environment{{"KUBERNETES_SERVICE_HOST", "10.96.0.1"},
                                                 {"KUBERNETES_SERVICE_PORT", "443"}};

  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder / name) << text; }
  static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void write_service_account() {
    write("token", "first\n");
    write("ca.crt", "CA");
    write("namespace", "edge");
  }
  Result<ApiAccess> in_cluster() {
    return in_cluster_access(
        [this](const char* name) -> const char* {
          const auto found = environment.find(name);
          return found == environment.end() ? nullptr : found->second.c_str();
        },
        folder.string());
  }
  Result<ApiAccess> kubeconfig(const std::string& cluster, const std::string& user) {
    write("config",
          "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: k, "
          "user: u, namespace: team}}]\nclusters: [{name: k, cluster: {" +
              cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n");
    return kubeconfig_access((folder / "config").string());
  }
};

TEST_F(CredentialsTest, TheServiceAccountOfThePod) {
  write_service_account();
  const auto access = in_cluster();
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->endpoint.scheme, "https");
  EXPECT_EQ(access->endpoint.host, "10.96.0.1");
  EXPECT_EQ(access->endpoint.port, 443);
  EXPECT_EQ(access->endpoint.bearer_token(TokenWish::current), "first");
  EXPECT_EQ(access->namespace_, "edge");
}

TEST_F(CredentialsTest, AnIPv6ServiceAddressIsReachedByName) {
  write_service_account();
  environment["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  EXPECT_EQ(in_cluster()->endpoint.host, "kubernetes.default.svc");
}

TEST_F(CredentialsTest, WhatIsMissingInTheClusterIsNamed) {
  write("token", "t");
  EXPECT_NE(in_cluster().error().message.find("ca.crt"), std::string::npos);
  environment.clear();
  EXPECT_NE(in_cluster().error().message.find("KUBERNETES_SERVICE_HOST"), std::string::npos);
}

TEST_F(CredentialsTest, ACurrentContextWithFilesAndATokenFile) {
  write("t", "from-file\n");
  const auto access =
      kubeconfig("server: 'https://api.test:6443', certificate-authority: ca.pem, tls-server-name: api",
                 "client-certificate: /abs/c.pem, client-key: k.pem, tokenFile: t");
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->endpoint.host, "api.test");
  EXPECT_EQ(access->endpoint.port, 6443);
  EXPECT_EQ(access->endpoint.server_name, "api");
  EXPECT_EQ(access->endpoint.ca_file, (folder / "ca.pem").string());
  EXPECT_EQ(access->endpoint.client_certificate_file, "/abs/c.pem");
  EXPECT_EQ(access->endpoint.client_key_file, (folder / "k.pem").string());
  EXPECT_EQ(access->endpoint.bearer_token(TokenWish::current), "from-file");
  EXPECT_EQ(access->namespace_, "team");
}

TEST_F(CredentialsTest, InlineDataBecomesFilesThatLiveAsLongAsTheEndpoint) {
  auto access = kubeconfig("server: 'https://[::1]:6443', certificate-authority-data: Q0E=",
                           "client-certificate-data: Q0VSVA==, client-key-data: S0VZ");
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->endpoint.host, "::1");
  const ApiEndpoint copy = access->endpoint;
  access = Error{};
  EXPECT_EQ(read(copy.ca_file), "CA");
  EXPECT_EQ(read(copy.client_certificate_file), "CERT");
  EXPECT_EQ(read(copy.client_key_file), "KEY");
  EXPECT_EQ(copy.bearer_token(TokenWish::current), "");
}

TEST_F(CredentialsTest, WhatCannotBeUsedIsRefusedByName) {
  const std::string server = "server: 'https://api.test'";
  const std::pair<Result<ApiAccess>, const char*> cases[] = {
      {kubeconfig(server, "exec: {command: aws}"), "exec plugins (\"aws\")"},
      {kubeconfig(server, "auth-provider: {name: gcp}"), "auth-provider"},
      {kubeconfig(server, "username: a, password: b"), "username"},
      {kubeconfig(server, "client-certificate: c.pem"), "one is missing"},
      {kubeconfig(server, "client-key-data: '*', client-certificate-data: Q0E="),
       "client-key-data is not base64"},
      {kubeconfig(server + ", insecure-skip-tls-verify: true", ""), "insecure-skip-tls-verify"},
      {kubeconfig(server + ", proxy-url: 'http://p'", ""), "proxy-url"},
      {kubeconfig(server, "token: \"a\\nX: b\""), "characters that no token has"},
      {kubeconfig(server, "tokenFile: absent"), "absent cannot be read"},
      {kubeconfig("", ""), "server is not set"},
      {kubeconfig("server: 'api.test:6443'", ""), "https://HOST"},
      {kubeconfig("server: 'https://api.test/prefix'", ""), "https://HOST"},
      {kubeconfig("server: 'https://api.test:0'", ""), "https://HOST"},
      {kubeconfig("server: 'https://api.test:99999'", ""), "https://HOST"},
  };
  for (const auto& [access, named] : cases) {
    ASSERT_FALSE(access) << named;
    EXPECT_NE(access.error().message.find(named), std::string::npos) << access.error().message;
    EXPECT_NE(access.error().message.find("config"), std::string::npos) << access.error().message;
  }
}

TEST_F(CredentialsTest, AFileThatIsNoKubeconfig) {
  write("broken", "a: [");
  EXPECT_FALSE(kubeconfig_access((folder / "broken").string()));
  write("empty", "");
  EXPECT_FALSE(kubeconfig_access((folder / "empty").string()));
  write("other", "current-context: nowhere\n");
  EXPECT_NE(kubeconfig_access((folder / "other").string()).error().message.find("nowhere"),
            std::string::npos);
  EXPECT_NE(kubeconfig_access((folder / "absent").string()).error().message.find("absent"),
            std::string::npos);
}

}  // namespace
}  // namespace palpo::kube
