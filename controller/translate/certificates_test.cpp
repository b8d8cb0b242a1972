// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/certificates.h"

#include <gtest/gtest.h>

#include "controller/translate/test_objects.h"

namespace palpo::translate {
namespace {

using namespace testing;

Inspection look(const kube::Secret& secret) { return inspect(secret.meta.key, &secret, nullptr); }

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

TEST(Certificates, OnlyCertificatesLeaveTheSecret) {
  auto mixed = secret("ns", "both");
  mixed->tls_crt =
      "subject=caf\xe9\r\n" + fixture("both.crt") + fixture("both.key") + "\n" + fixture("site.crt") + "tail";
  const auto inspection = look(*mixed);
  ASSERT_TRUE(inspection.certificate);
  EXPECT_EQ(inspection.certificate->value.chain_pem, fixture("both.crt") + fixture("site.crt"));
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
  const auto missing = inspect({"ns", "x"}, nullptr, nullptr);
  EXPECT_EQ(missing.problem->reason, "SecretNotFound");
  const auto good = secret("ns", "both");
  const kube::BrokenObject broken{kube::Kind::secret, good->meta, "data.tls.crt: expected base64"};
  const auto never_good = inspect(good->meta.key, nullptr, &broken);
  EXPECT_EQ(never_good.problem->reason, "SecretInvalid");
  EXPECT_FALSE(never_good.certificate);
  const auto last_good = inspect(good->meta.key, good.get(), &broken);
  EXPECT_EQ(last_good.problem->reason, "SecretInvalid");
  EXPECT_TRUE(last_good.certificate);
}

}  // namespace
}  // namespace palpo::translate
