// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/pem.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "tests/support/test_pki.h"

namespace palpo::api {
namespace {

using tests::KeyType;
using tests::TestPki;

std::string without_last_line(const std::string& pem) { return pem.substr(0, pem.find("-----END")); }

TEST(Pem, ReadsTheLeafOfAChain) {
  TestPki pki;
  TestPki::Leaf leaf;
  leaf.dns_names = {"Example.COM", "*.example.com"};
  leaf.ip_addresses = {"127.0.0.1"};
  leaf.common_name = "not-a-name.example";
  leaf.not_before = WallClock::from_time_t(1'700'000'000);
  leaf.not_after = WallClock::from_time_t(1'800'000'000);
  const auto made = pki.issue(leaf);
  for (const auto& pem :
       {made.certificate_pem, made.chain_pem, "words before\n" + made.chain_pem + "words after\n"}) {
    const auto info = read_certificate(pem);
    ASSERT_TRUE(info.ok()) << info.error().message;
    EXPECT_EQ(info->key_id, made.key_id);
    EXPECT_EQ(info->dns_names, (std::vector<std::string>{"example.com", "*.example.com"}));
    EXPECT_EQ(info->not_before, leaf.not_before);
    EXPECT_EQ(info->not_after, leaf.not_after);
  }
}

TEST(Pem, HasNoNamesWithoutAlternativeNames) {
  TestPki pki;
  const auto info = read_certificate(pki.issue(std::vector<std::string>{}).chain_pem);
  ASSERT_TRUE(info.ok());
  EXPECT_TRUE(info->dns_names.empty());
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Pem, TimesBeyondTheClockAreItsLast) {
  TestPki pki;
  TestPki::Leaf leaf;
  leaf.not_after_text = "99991231235959Z";
  const auto info = read_certificate(pki.issue(leaf).chain_pem);
  ASSERT_TRUE(info.ok());
  EXPECT_GT(info->not_after, WallClock::from_time_t(9'000'000'000));
}

TEST(Pem, PutsAChainInOrderAndSaysWhatIsMissing) {
  TestPki pki("issuer");
  TestPki stranger("stranger");
  TestPki::Leaf public_leaf;
  public_leaf.ca_issuers = "http://issuer.example/ca.crt";
  const auto leaf = pki.issue(public_leaf);
  using Places = std::vector<std::size_t>;

  const auto whole = read_certificate(leaf.chain_pem);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->chain.order, (Places{0, 1}));
  EXPECT_EQ(whole->chain.linked, 2U);
  EXPECT_EQ(whole->chain.first_to_expire.value().subject, "CN=issuer");

  const auto mixed = read_certificate(stranger.ca_pem() + pki.ca_pem() + leaf.certificate_pem, leaf.key_id);
  ASSERT_TRUE(mixed.ok());
  EXPECT_EQ(mixed->key_id, leaf.key_id);
  EXPECT_EQ(mixed->chain.order, (Places{2, 1, 0}));
  EXPECT_EQ(mixed->chain.linked, 2U);

  const auto alone = read_certificate(leaf.certificate_pem);
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(alone->chain.linked, 1U);
  EXPECT_TRUE(alone->chain.issuer_elsewhere);
  EXPECT_EQ(alone->chain.issuer, "CN=issuer");
  EXPECT_FALSE(read_certificate(pki.issue({"a.test"}).certificate_pem)->chain.issuer_elsewhere);

  const auto root = read_certificate(pki.ca_pem());
  ASSERT_TRUE(root.ok());
  EXPECT_TRUE(root->chain.self_issued);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Pem, RefusesWhatIsNoChainAndSaysWhy) {
  TestPki pki;
  const auto good = pki.issue({"example.com"});
  auto broken = good.certificate_pem;
  broken.replace(broken.find('\n') + 1, 8, "AAAAAAAA");
  auto not_base64 = good.certificate_pem;
  not_base64.replace(not_base64.find('\n') + 1, 8, "********");
  const std::pair<std::string, std::string> cases[] = {
      {"", "tls.crt is empty"},
      {"hello", "tls.crt is not PEM"},
      {std::string(3000, '\0'), "tls.crt is not PEM"},
      {"-----BEGIN CERTIFICATE-----\n", "tls.crt: the PEM block after certificate 0 does not decode"},
      {without_last_line(good.certificate_pem), "tls.crt: the PEM block after certificate 0 does not decode"},
      {not_base64, "tls.crt: the PEM block after certificate 0 does not decode"},
      {good.chain_pem + not_base64, "tls.crt: the PEM block after certificate 2 does not decode"},
      {broken, "tls.crt: certificate 1 does not decode"},
      {good.certificate_pem + broken, "tls.crt: certificate 2 does not decode"},
      {good.key_pem, "tls.crt holds a private key"},
      {good.certificate_pem + good.key_pem, "tls.crt holds a private key"},
      {good.certificate_pem + "-----BEGIN DH PARAMETERS-----\nMAYCAQECAQI=\n-----END DH PARAMETERS-----\n",
       "tls.crt: block 2 is a 'DH PARAMETERS', not a certificate"},
  };
  for (const auto& [pem, error] : cases) {
    const auto info = read_certificate(pem);
    ASSERT_FALSE(info.ok()) << error;
    EXPECT_EQ(info.error().message.substr(0, error.size()), error);
    EXPECT_EQ(ERR_peek_error(), 0U) << "the error queue is left as it was";
  }
}

TEST(Pem, KeysAndCertificatesShareTheirId) {
  TestPki pki;
  for (const auto type : {KeyType::ec_p256, KeyType::ec_p384, KeyType::rsa_2048, KeyType::ed25519}) {
    TestPki::Leaf leaf;
    leaf.key = type;
    const auto made = pki.issue(leaf);
    const auto certificate = read_certificate(made.chain_pem);
    const auto key = key_id_of(SecretBytes::copy_of(made.key_pem));
    ASSERT_TRUE(certificate.ok() && key.ok());
    EXPECT_EQ(certificate->key_id, *key);
    EXPECT_EQ(*key, made.key_id);
    if (type == KeyType::ed25519) continue;
    const auto traditional = tests::traditional_key_pem(made.key_pem);
    EXPECT_EQ(*key_id_of(SecretBytes::copy_of(traditional)), made.key_id);
  }
}

TEST(Pem, ReadsAnEllipticKeyBehindItsParameters) {
  const auto pem = tests::test_key_pem(KeyType::ec_p256);
  const std::string parameters =
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  const auto plain = key_id_of(SecretBytes::copy_of(pem));
  const auto behind = key_id_of(SecretBytes::copy_of(parameters + tests::traditional_key_pem(pem)));
  ASSERT_TRUE(behind.ok()) << behind.error().message;
  EXPECT_EQ(*behind, *plain);
}

TEST(Pem, RefusesWhatIsNoKeyAndSaysWhy) {
  TestPki pki;
  const auto good = pki.issue({"example.com"});
  auto broken = good.key_pem;
  broken.replace(broken.find('\n') + 1, 8, "AAAAAAAA");
  const std::pair<std::string, std::string> cases[] = {
      {"", "tls.key is empty"},
      {"hello", "tls.key is not PEM"},
      {good.certificate_pem, "tls.key holds no private key"},
      {without_last_line(good.key_pem), "tls.key does not decode"},
      {broken, "tls.key does not decode"},
      {tests::encrypted_key_pem(good.key_pem, "secret"),
       "tls.key is encrypted; store it without a passphrase"},
      {tests::encrypted_key_pem(good.key_pem, ""), "tls.key is encrypted; store it without a passphrase"},
      {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
       "00112233445566778899AABBCCDDEEFF\n\nAAAAAAAAAAAAAAAAAAAAAA==\n-----END RSA PRIVATE KEY-----\n",
       "tls.key is encrypted; store it without a passphrase"},
  };
  for (const auto& [pem, error] : cases) {
    const auto id = key_id_of(SecretBytes::copy_of(pem));
    ASSERT_FALSE(id.ok()) << error;
    EXPECT_EQ(id.error().message.substr(0, error.size()), error);
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
}

TEST(Pem, WildcardsAreForOneLabel) {
  TestPki pki;
  const auto named = [&](std::vector<std::string> names, std::string_view host) {
    const auto info = read_certificate(pki.issue(std::move(names)).chain_pem);
    return info.ok() && names_host(*info, host);
  };
  const std::vector<std::string> names = {"example.com", "*.example.com", "*.sub.example.com", "*"};
  for (const auto* host : {"example.com", "EXAMPLE.com", "a.example.com", "sub.example.com",
                           "b.sub.example.com", "*.example.com"})
    EXPECT_TRUE(named(names, host)) << host;
  for (const auto* host :
       {"example.org", "a.b.example.com", ".example.com", "com", "", "*.example.org", "xexample.com"})
    EXPECT_FALSE(named(names, host)) << host;
  EXPECT_FALSE(named({"*.example.com"}, "example.com"));
  EXPECT_FALSE(named({"a.example.com"}, "*.example.com"));
  EXPECT_FALSE(named({"w*.example.com"}, "www.example.com")) << "only a whole label";
  EXPECT_FALSE(named({"*.com"}, "example.com")) << "OpenSSL's clients refuse it, so it is of no use";
  EXPECT_FALSE(named({"*.com"}, "*.example.com"));
  EXPECT_FALSE(named({}, "example.com"));
  EXPECT_FALSE(names_host({}, "example.com"));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace palpo::api
