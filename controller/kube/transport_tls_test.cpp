// SPDX-License-Identifier: Apache-2.0
// Whom a transport believes, and how it shows who it is.
#include "controller/kube/transport_fixture.h"

namespace palpo::kube {
namespace {

class TransportTlsTest : public TransportTest {};

TEST_P(TransportTlsTest, DnsNameIsVerifiedAndSentAsSni) {
  serve_with(echo);
  const auto response = get(endpoint("localhost"));
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_NE(response.body.find("sni=localhost "), std::string::npos) << response.body;
}

TEST_P(TransportTlsTest, ServerNameReplacesTheHostInVerification) {
  auto options = https();
  options.certificate = issue({"kubernetes.default.svc"}, {});
  options.handler = echo;
  serve(std::move(options));
  auto to = endpoint();
  expect_tls_fault(get(to), "verify failed");
  to.server_name = "kubernetes.default.svc";
  const auto response = get(to);
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_NE(response.body.find("sni=kubernetes.default.svc "), std::string::npos) << response.body;
  to.server_name = "other.example";
  expect_tls_fault(get(to), "verify failed");
}

TEST_P(TransportTlsTest, ClientCertificate) {
  auto options = https();
  options.client_ca_pem = pki_.ca_pem();
  options.handler = echo;
  serve(std::move(options));
  TestPki::Leaf leaf;
  leaf.common_name = "kubernetes-admin";
  const auto client = pki_.issue(leaf);
  auto to = endpoint();
  EXPECT_TRUE(get(to).error.has_value());
  to.client_certificate_file = write("client.pem", client.certificate_pem);
  to.client_key_file = write("client.key", client.key_pem);
  const auto response = get(to);
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_NE(response.body.find("client=CN=kubernetes-admin "), std::string::npos) << response.body;
}

TEST_P(TransportTlsTest, NothingIsAskedWithAnUnusableClientCertificate) {
  serve_with(echo);
  TestPki::Leaf leaf;
  leaf.common_name = "kubernetes-admin";
  const auto client = pki_.issue(leaf);
  auto to = endpoint();
  to.client_certificate_file = write("client.pem", client.certificate_pem);
  to.client_key_file = write("other.key", pki_.issue(leaf).key_pem);
  expect_tls_fault(get(to), "other.key");
  to.client_key_file = directory_ + "/absent.key";
  expect_tls_fault(get(to), "absent.key");
  to.client_certificate_file = directory_ + "/absent.pem";
  expect_tls_fault(get(to), "absent.pem");
}

TEST_P(TransportTlsTest, UnknownAuthorityIsRefusedWhateverTheEnvironmentTrusts) {
  TestPki other("other CA");
  TestPki::Leaf leaf;
  leaf.ip_addresses = {"127.0.0.1"};
  ScriptedApiServer::Options options;
  options.certificate = other.issue(leaf);
  options.handler = echo;
  serve(std::move(options));
  setenv("SSL_CERT_FILE", write("other.pem", other.ca_pem()).c_str(), 1);
  const auto response = get(endpoint());
  unsetenv("SSL_CERT_FILE");
  expect_tls_fault(response, "verify failed");
}

TEST_P(TransportTlsTest, WrongAddressInTheCertificate) {
  auto options = https();
  options.certificate = issue({"localhost"}, {"127.0.0.2"});
  serve(std::move(options));
  expect_tls_fault(get(endpoint()), "verify failed");
}

TEST_P(TransportTlsTest, CommonNameIsNoName) {
  TestPki::Leaf leaf;
  leaf.common_name = "127.0.0.1";
  leaf.dns_names = {"unrelated.example"};
  auto options = https();
  options.certificate = pki_.issue(leaf);
  serve(std::move(options));
  expect_tls_fault(get(endpoint()), "verify failed");
}

TEST_P(TransportTlsTest, MissingAuthorityFileIsNamed) {
  serve_with(echo);
  auto to = endpoint();
  to.ca_file = directory_ + "/absent.pem";
  expect_tls_fault(get(to), "absent.pem");
}

TEST_P(TransportTlsTest, AuthorityFileIsReadForEveryConnection) {
  TestPki other("other CA");
  serve_with(echo);
  auto to = endpoint();
  to.ca_file = write("rotating.pem", other.ca_pem());
  const auto transport = connect(to);
  expect_tls_fault(transport->call({"GET", "/", "", ""}), "verify failed");
  write("rotating.pem", pki_.ca_pem());
  const auto response = transport->call({"GET", "/", "", ""});
  EXPECT_FALSE(response.error) << response.error->message;
}

TEST_P(TransportTlsTest, Ipv6Literal) {
  auto options = https();
  options.address = "::1";
  options.handler = echo;
  serve(std::move(options));
  if (GetParam().ipv6_literals) {
    const auto response = get(endpoint("::1"));
    ASSERT_FALSE(response.error) << response.error->message;
    EXPECT_EQ(response.status, 200);
    return;
  }
  const auto made = GetParam().make(endpoint("::1"), {});
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message.find("IPv6 literal"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Libraries, TransportTlsTest, every_transport(), library_name);

}  // namespace
}  // namespace palpo::kube
