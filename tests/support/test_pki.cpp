// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_pki.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "base/check.h"
#include "base/digest.h"
#include "base/openssl_ptr.h"

namespace palpo::tests {
namespace {

KeyPtr make_key(KeyType type) {
  EVP_PKEY* key = nullptr;
  switch (type) {
    case KeyType::ec_p256:
      key = EVP_EC_gen("P-256");
      break;
    case KeyType::ec_p384:
      key = EVP_EC_gen("P-384");
      break;
    case KeyType::rsa_2048:
      key = EVP_RSA_gen(2048);
      break;
    case KeyType::ed25519:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
  }
  PALPO_CHECK(key != nullptr);
  return KeyPtr(key);
}

template <class Write>
std::string pem_of(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PALPO_CHECK(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string certificate_pem(X509* certificate) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string key_pem(EVP_PKEY* key) {
  return pem_of([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

KeyPtr read_key(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  PALPO_CHECK(key != nullptr);
  return key;
}

std::string key_id(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  PALPO_CHECK(size > 0);
  auto id = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}).hex();
  OPENSSL_free(der);
  return id;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  PALPO_CHECK(extension != nullptr);
  PALPO_CHECK(X509_add_ext(certificate, extension.get(), -1) == 1);
}

// ASN1_TIME_set writes UTCTime or GeneralizedTime as RFC 5280 asks; years beyond time_point's are not needed
// here.
void set_time(ASN1_TIME* field, WallClock::time_point when) {
  PALPO_CHECK(ASN1_TIME_set(field, WallClock::to_time_t(when)) != nullptr);
}

X509Ptr new_certificate(const std::string& common_name, EVP_PKEY* key) {
  X509Ptr certificate(X509_new());
  PALPO_CHECK(certificate != nullptr);
  PALPO_CHECK(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  std::uint64_t serial = 0;
  PALPO_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  PALPO_CHECK(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1 | 1) == 1);
  auto* name = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
  PALPO_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text,
                                         static_cast<int>(common_name.size()), -1, 0) == 1);
  PALPO_CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
  const auto* digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  PALPO_CHECK(X509_sign(certificate, key, digest) > 0);
}

std::string alternative_names(const TestPki::Leaf& leaf) {
  std::string text;
  const auto add = [&](const char* type, const std::string& name) {
    text.append(text.empty() ? "" : ",").append(type).append(name);
  };
  for (const auto& name : leaf.dns_names) add("DNS:", name);
  for (const auto& address : leaf.ip_addresses) add("IP:", address);
  return text;
}

}  // namespace

struct TestPki::State {
  KeyPtr key = make_key(KeyType::ec_p256);
  X509Ptr certificate;
  std::string pem;
};

TestPki::TestPki(const std::string& common_name, WallClock::time_point not_after)
    : state_(std::make_unique<State>()) {
  state_->certificate = new_certificate(common_name, state_->key.get());
  auto* ca = state_->certificate.get();
  PALPO_CHECK(X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1);
  set_time(X509_getm_notBefore(ca), WallClock::now() - std::chrono::hours(24));
  set_time(X509_getm_notAfter(ca), not_after);
  add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(ca, ca, NID_subject_key_identifier, "hash");
  sign(ca, state_->key.get());
  state_->pem = certificate_pem(ca);
}

TestPki::~TestPki() = default;

TestCertificate TestPki::issue(const Leaf& leaf) {
  auto* ca = state_->certificate.get();
  const KeyPtr key = make_key(leaf.key);
  const X509Ptr certificate = new_certificate(leaf.common_name, key.get());
  PALPO_CHECK(X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca)) == 1);
  set_time(X509_getm_notBefore(certificate.get()), leaf.not_before);
  set_time(X509_getm_notAfter(certificate.get()), leaf.not_after);
  if (!leaf.not_after_text.empty())
    PALPO_CHECK(ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), leaf.not_after_text.c_str()) ==
                1);
  add_extension(certificate.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), ca, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(certificate.get(), ca, NID_authority_key_identifier, "keyid");
  if (!leaf.ca_issuers.empty())
    add_extension(certificate.get(), ca, NID_info_access, "caIssuers;URI:" + leaf.ca_issuers);
  const auto names = alternative_names(leaf);
  if (!names.empty()) add_extension(certificate.get(), ca, NID_subject_alt_name, names);
  sign(certificate.get(), state_->key.get());

  TestCertificate made;
  made.certificate_pem = certificate_pem(certificate.get());
  made.chain_pem = made.certificate_pem + state_->pem;
  made.key_pem = key_pem(key.get());
  made.key_id = key_id(key.get());
  return made;
}

TestCertificate TestPki::issue(const std::vector<std::string>& dns_names) {
  Leaf leaf;
  leaf.dns_names = dns_names;
  return issue(leaf);
}

const std::string& TestPki::ca_pem() const { return state_->pem; }

std::string test_key_pem(KeyType type) { return key_pem(make_key(type).get()); }

std::string traditional_key_pem(const std::string& pem) {
  const KeyPtr key = read_key(pem);
  return pem_of([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string encrypted_key_pem(const std::string& pem, const std::string& passphrase) {
  const KeyPtr key = read_key(pem);
  return pem_of([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_256_cbc(), passphrase.data(),
                                         static_cast<int>(passphrase.size()), nullptr, nullptr);
  });
}

}  // namespace palpo::tests
