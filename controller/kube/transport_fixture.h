// SPDX-License-Identifier: Apache-2.0
// The fixture of the suites that every transport behind the seam passes.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/kube/transport.h"
#include "tests/support/scripted_api_server.h"

namespace palpo::kube {

using tests::Exchange;
using tests::ScriptedApiServer;
using tests::TestPki;
using namespace std::chrono_literals;

using Make = Result<std::unique_ptr<Transport>> (*)(ApiEndpoint, TransportTimeouts);
struct Library {
  const char* name;
  Make make;
  bool ipv6_literals;
};

inline void PrintTo(const Library& library, std::ostream* out) { *out << library.name; }

// What a transport is tested against: a scripted server, an authority, and files of certificates.
class TransportTest : public testing::TestWithParam<Library> {
 protected:
  TransportTest() {
    char pattern[] = "/tmp/palpo-transport-XXXXXX";
    directory_ = mkdtemp(pattern);
    ca_file_ = write("ca.pem", pki_.ca_pem());
  }
  ~TransportTest() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = directory_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  tests::TestCertificate issue(std::vector<std::string> names, std::vector<std::string> addresses) {
    TestPki::Leaf leaf;
    leaf.dns_names = std::move(names);
    leaf.ip_addresses = std::move(addresses);
    return pki_.issue(leaf);
  }
  ScriptedApiServer::Options https() {
    ScriptedApiServer::Options options;
    options.certificate = issue({"localhost", "kubernetes.default.svc"}, {"127.0.0.1", "::1"});
    return options;
  }
  void serve(ScriptedApiServer::Options options) {
    server_.reset();
    server_ = std::make_unique<ScriptedApiServer>(std::move(options));
  }
  void serve_with(std::function<void(Exchange&)> handler) {
    auto options = https();
    options.handler = std::move(handler);
    serve(std::move(options));
  }
  ApiEndpoint endpoint(const std::string& host = "127.0.0.1") {
    ApiEndpoint endpoint;
    endpoint.host = host;
    endpoint.port = server_->port();
    endpoint.ca_file = ca_file_;
    return endpoint;
  }
  std::unique_ptr<Transport> connect(ApiEndpoint to, TransportTimeouts timeouts = {10s, 10s}) {
    auto made = GetParam().make(std::move(to), timeouts);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    return std::move(*made);
  }
  TransportResponse get(ApiEndpoint from, const std::string& target = "/") {
    return connect(std::move(from))->call({"GET", target, "", ""});
  }
  void expect_tls_fault(const TransportResponse& response, std::string_view text) {
    ASSERT_TRUE(response.error.has_value());
    EXPECT_EQ(response.status, 0);
    EXPECT_EQ(response.error->kind, ErrorKind::invalid) << response.error->message;
    EXPECT_NE(response.error->message.find(text), std::string::npos) << response.error->message;
  }

  TestPki pki_;
  std::string directory_;
  std::string ca_file_;
  std::unique_ptr<ScriptedApiServer> server_;
};

// Answers with what it was asked.
inline void echo(Exchange& exchange) {
  const auto& request = exchange.request();
  const auto field = [&](const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string("-") : found->second;
  };
  exchange.respond(200, request.method + " " + request.target + " auth=" + field("authorization") + " type=" +
                            field("content-type") + " accept=" + field("accept") + " sni=" + request.sni +
                            " client=" + request.client_subject + " body=" + request.body);
}

inline auto every_transport() {
  return testing::Values(Library{"rest", &make_rest_transport, false},
                         Library{"beast", &make_beast_transport, true});
}
inline std::string library_name(const testing::TestParamInfo<Library>& tested) { return tested.param.name; }

}  // namespace palpo::kube
