// SPDX-License-Identifier: Apache-2.0
// A certificate authority for tests: makes leaf certificates as PEM texts. Keys are ECDSA P-256 unless asked
// otherwise. Failures of OpenSSL are broken invariants here. One owner, one thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

namespace palpo::tests {

enum class KeyType { ec_p256, ec_p384, rsa_2048, ed25519 };

// A certificate with its key.
struct TestCertificate {
  std::string certificate_pem;  // the leaf alone
  std::string chain_pem;        // leaf, then the CA
  std::string key_pem;          // PKCS#8, unencrypted
  std::string key_id;           // lower-case hex SHA-256 of the SubjectPublicKeyInfo
};

class TestPki {
 public:
  struct Leaf {
    std::vector<std::string> dns_names;
    std::vector<std::string> ip_addresses;
    std::string common_name = "palpo test leaf";
    WallClock::time_point not_before = WallClock::now() - std::chrono::hours(1);
    WallClock::time_point not_after = WallClock::now() + std::chrono::hours(24);
    std::string not_after_text;  // "99991231235959Z", for what a time_point cannot hold; wins over not_after
    KeyType key = KeyType::ec_p256;
    std::string ca_issuers;  // URL where the issuer's certificate is fetched; empty: not said
  };

  explicit TestPki(const std::string& common_name = "palpo test CA",
                   WallClock::time_point not_after = WallClock::now() + std::chrono::hours(24 * 365));
  ~TestPki();
  TestPki(const TestPki&) = delete;
  TestPki& operator=(const TestPki&) = delete;

  TestCertificate issue(const Leaf& leaf);
  TestCertificate issue(const std::vector<std::string>& dns_names);
  const std::string& ca_pem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A new key alone, as PEM.
std::string test_key_pem(KeyType type);
// The same key in other clothes: its traditional form ("BEGIN EC PRIVATE KEY", "BEGIN RSA PRIVATE KEY"), and
// encrypted.
std::string traditional_key_pem(const std::string& key_pem);
std::string encrypted_key_pem(const std::string& key_pem, const std::string& passphrase);

}  // namespace palpo::tests
