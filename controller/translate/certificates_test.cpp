// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/certificates.h"
#include "controller/translate/certificate_judgement.h"

#include <gtest/gtest.h>

#include "controller/translate/test_objects.h"
#include "tests/support/test_pki.h"

namespace palpo::translate {
namespace {

using namespace testing;

Inspection look(const kube::Secret& secret) {
  return inspect(secret.meta.key, {&secret, nullptr, nullptr}, {});
}

TEST(Certificates, AGoodSecret) {
  const auto good = secret("ns", "both");
  const auto inspection = look(*good);
  ASSERT_TRUE(inspection.certificate);
  EXPECT_FALSE(inspection.problem);
  EXPECT_EQ(inspection.certificate->value.name, "ns/both");
  EXPECT_EQ(inspection.certificate->value.chain_pem, fixture("both.crt"));
  EXPECT_EQ(inspection.key->key_id, inspection.certificate->value.key_id);
  EXPECT_TRUE(inspection.key->pem.equals(*good->tls_key));
  EXPECT_TRUE(serves(inspection, "matrix.example.com"));
  EXPECT_FALSE(serves(inspection, "www.example.com"));
  EXPECT_TRUE(serves(inspection, "*"));
  EXPECT_FALSE(secret_fault(*good));
}

TEST(Certificates, AWildcardHostNeedsTheWildcardItself) {
  EXPECT_TRUE(serves(look(*secret("ns", "wildcard")), "*.example.com"));
  EXPECT_TRUE(serves(look(*secret("ns", "wildcard")), "a.example.com"));
  EXPECT_FALSE(serves(look(*secret("ns", "wildcard")), "a.b.example.com"));
  EXPECT_FALSE(serves(look(*secret("ns", "both")), "*.example.com"));
}

TEST(Certificates, AnAuthorIsToldWhenNoSecretOfTheNamespaceIsRead) {
  const auto found = inspect({"tenant", "tls"}, {.unread = true}, {});
  ASSERT_TRUE(found.problem);
  EXPECT_EQ(found.problem->reason, "SecretNotFound");
  EXPECT_NE(found.problem->message.find("may add tenant by --secret-namespace"), std::string::npos);
  EXPECT_FALSE(found.certificate);
}

TEST(Certificates, OnlyCertificatesLeaveTheSecret) {
  auto mixed = secret("ns", "both");
  mixed->tls_crt =
      "subject=caf\xe9\r\n" + fixture("both.crt") + fixture("both.key") + "\n" + fixture("site.crt") + "tail";
  const auto inspection = look(*mixed);
  ASSERT_TRUE(inspection.certificate);
  EXPECT_EQ(inspection.certificate->value.chain_pem, fixture("both.crt") + fixture("site.crt"));
}

std::shared_ptr<kube::Secret> secret_of(const tests::TestCertificate& certificate, const std::string& chain) {
  auto object = make<kube::Secret>("ns", "tls");
  object->type = "kubernetes.io/tls";
  object->tls_crt = chain;
  object->tls_key = std::make_shared<const SecretBytes>(SecretBytes::copy_of(certificate.key_pem));
  return object;
}

std::string reasons(const Inspection& inspection) {
  std::string text;
  for (const auto& finding : complaints({"ns", "tls"}, inspection, WallClock::now()))
    text += (finding.severity == Severity::warning ? "warning " : "note ") + finding.reason + "\n";
  return text;
}

TEST(Certificates, ALeafBehindItsIssuerIsPutFirst) {
  tests::TestPki pki;
  const auto made = pki.issue({"a.test"});
  const auto inspection = look(*secret_of(made, pki.ca_pem() + made.certificate_pem));
  ASSERT_TRUE(inspection.certificate) << inspection.problem->message;
  EXPECT_EQ(inspection.certificate->value.chain_pem, made.chain_pem);
  EXPECT_EQ(reasons(inspection), "");
}

TEST(Certificates, AChainThatOtherServersRefuseIsTold) {
  tests::TestPki pki("issuer");
  tests::TestPki stranger("stranger");
  tests::TestPki late("late", WallClock::now() - std::chrono::hours(1));
  tests::TestPki::Leaf leaf;
  leaf.dns_names = {"a.test"};
  const auto private_leaf = pki.issue(leaf);
  const auto late_leaf = late.issue(leaf);
  leaf.ca_issuers = "http://issuer.test/ca.crt";
  const auto public_leaf = pki.issue(leaf);

  EXPECT_EQ(reasons(look(*secret_of(public_leaf, public_leaf.chain_pem))), "");
  EXPECT_EQ(reasons(look(*secret_of(public_leaf, public_leaf.certificate_pem))),
            "warning CertificateChainIncomplete\n");
  // A private authority signs leaves with its root, which its clients have.
  EXPECT_EQ(reasons(look(*secret_of(private_leaf, private_leaf.certificate_pem))), "");
  EXPECT_EQ(reasons(look(*secret_of(private_leaf, private_leaf.certificate_pem + stranger.ca_pem()))),
            "warning CertificateChainIncomplete\n");
  EXPECT_EQ(reasons(look(*secret_of(private_leaf, private_leaf.chain_pem + stranger.ca_pem()))),
            "note CertificateChainUnrelated\n");
  EXPECT_EQ(reasons(look(*secret_of(late_leaf, late_leaf.chain_pem))), "warning CertificateChainExpired\n");
  const auto found = look(*secret_of(public_leaf, public_leaf.certificate_pem)).chain;
  EXPECT_NE(found.value().message.find("CN=issuer"), std::string::npos) << found.value().message;
}

TEST(Certificates, WhatIsWrongIsSaid) {
  struct Case {
    std::function<void(kube::Secret&)> spoil;
    std::string message;
  };
  const std::vector<Case> cases{
      {[](auto& s) { s.tls_crt.clear(); }, "tls.crt holds no certificate"},
      {[](auto& s) { s.tls_crt = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"; },
       "tls.crt"},
      {[](auto& s) { s.tls_crt = "-----BEGIN CERTIFICATE-----\n\xff\n-----END CERTIFICATE-----\n"; },
       "not PEM"},
      {[](auto& s) { s.tls_key = nullptr; }, "tls.key is missing"},
      {[](auto& s) { s.tls_key = std::make_shared<SecretBytes>(SecretBytes::copy_of("x")); }, "tls.key"},
      {[](auto& s) { s.tls_key = secret("ns", "site")->tls_key; }, "tls.key does not match tls.crt"},
      {[](auto& s) { s.type = "Opaque"; }, "its type is Opaque"},
      {[](auto& s) {
         const auto one = s.tls_crt;
         while (s.tls_crt.size() <= (256u << 10)) s.tls_crt += one;
       },
       "larger than 256 KiB"},
  };
  for (const auto& wanted : cases) {
    SCOPED_TRACE(wanted.message);
    auto bad = secret("ns", "both");
    wanted.spoil(*bad);
    const auto inspection = look(*bad);
    EXPECT_FALSE(inspection.certificate);
    ASSERT_TRUE(inspection.problem);
    EXPECT_EQ(inspection.problem->reason, "SecretInvalid");
    EXPECT_NE(inspection.problem->message.find("Secret ns/both"), std::string::npos);
    EXPECT_NE(inspection.problem->message.find(wanted.message), std::string::npos)
        << inspection.problem->message;
    ASSERT_TRUE(secret_fault(*bad));
    EXPECT_NE(secret_fault(*bad)->find(wanted.message), std::string::npos);
  }
}

TEST(Certificates, AMissingAndABrokenSecret) {
  const auto missing = inspect({"ns", "x"}, {}, {});
  EXPECT_EQ(missing.problem->reason, "SecretNotFound");
  const auto good = secret("ns", "both");
  const kube::BrokenObject broken{kube::Kind::secret, good->meta, {"data.tls.crt", "expected base64"}};
  const auto never_good = inspect(good->meta.key, {nullptr, &broken, nullptr}, {});
  EXPECT_EQ(never_good.problem->reason, "SecretInvalid");
  EXPECT_FALSE(never_good.certificate);
  const auto last_good = inspect(good->meta.key, {good.get(), &broken, nullptr}, {});
  EXPECT_EQ(last_good.problem->reason, "SecretInvalid");
  EXPECT_TRUE(last_good.certificate);
}

TEST(Certificates, ALostSecretIsOfUseUntilItExpiresWithItsKeyOrWithout) {
  const auto good = secret("ns", "both");
  auto recalled = std::make_shared<kube::Secret>(*good);
  recalled->tls_key = nullptr;
  const auto whole = look(*good);
  for (const auto& lost : {good, recalled}) {
    const auto found = inspect(good->meta.key, {nullptr, nullptr, lost.get()}, {});
    EXPECT_EQ(found.problem->reason, "SecretNotFound");
    ASSERT_TRUE(found.certificate);
    EXPECT_EQ(found.certificate->digest, whole.certificate->digest) << "nothing is to be sent for it";
    EXPECT_EQ(found.key != nullptr, lost == good);
    const auto expired = inspect(good->meta.key, {nullptr, nullptr, lost.get()}, found.info.not_after);
    EXPECT_FALSE(expired.certificate);
    EXPECT_EQ(expired.problem->reason, "SecretNotFound");
  }
  recalled->tls_crt = "garbage";
  EXPECT_FALSE(inspect(good->meta.key, {nullptr, nullptr, recalled.get()}, {}).certificate);
}

}  // namespace
}  // namespace palpo::translate
