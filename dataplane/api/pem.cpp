// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>
#include <ctime>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "base/certificate_names.h"
#include "base/digest.h"
#include "base/openssl_ptr.h"

namespace palpo::api {
namespace {

// A macro frees these, which no template argument can name.
struct DerFree {
  void operator()(unsigned char* der) const { OPENSSL_free(der); }
};
using DerPtr = std::unique_ptr<unsigned char, DerFree>;

// What OpenSSL says, and an empty queue: the next caller must not read our errors.
std::string last_openssl_error() {
  const auto code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = reason == nullptr ? "malformed" : reason;
  ERR_clear_error();
  return text;
}

BioPtr reading(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// One PEM block of the text.
struct Block {
  std::string name;
  DerPtr der;
  long size = 0;
};

std::optional<Block> next_block(BIO* bio) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  Block block;
  if (PEM_read_bio(bio, &name, &header, &data, &block.size) != 1) return std::nullopt;
  block.name = name;
  block.der.reset(data);
  OPENSSL_free(name);
  OPENSSL_free(header);
  return block;
}

// The time points of system_clock end in 2262; certificates may go on to 9999.
std::optional<WallClock::time_point> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::chrono::seconds since_epoch{timegm(&parts)};
  const auto bound = [](WallClock::time_point when) {
    return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch());
  };
  return WallClock::time_point(
      std::clamp(since_epoch, bound(WallClock::time_point::min()), bound(WallClock::time_point::max())));
}

std::vector<std::string> dns_names_of(const X509* certificate) {
  std::vector<std::string> found;
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    found.push_back(ascii_lowered({text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  ERR_clear_error();  // an absent extension
  return found;
}

std::string digest_of(const unsigned char* der, int size) {
  return sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}).hex();
}

// The key id of a certificate; empty: its public key does not decode.
std::string key_id_in(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  const DerPtr owner(der);
  return size <= 0 ? std::string() : digest_of(der, size);
}

std::string text_of(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
}

bool is_issuer(X509* issuer, X509* certificate) {
  return X509_check_issued(issuer, certificate) == X509_V_OK;
}

// RFC 5280 4.2.2.1: where the issuer's certificate is fetched.
bool names_ca_issuers(const X509* certificate) {
  const AccessPtr access(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
  for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    if (OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(access.get(), i)->method) == NID_ad_ca_issuers) return true;
  }
  ERR_clear_error();  // an absent extension
  return false;
}

ChainInfo chain_of(const std::vector<X509Ptr>& certificates, std::size_t leaf) {
  constexpr std::size_t kLongest = 10;  // a bound on the work
  ChainInfo chain;
  chain.order.push_back(leaf);
  std::vector<bool> used(certificates.size());
  used[leaf] = true;
  while (chain.order.size() < kLongest) {
    auto* last = certificates[chain.order.back()].get();
    std::size_t next = 0;
    while (next < certificates.size() && (used[next] || !is_issuer(certificates[next].get(), last))) ++next;
    if (next == certificates.size()) break;
    used[next] = true;
    chain.order.push_back(next);
    const auto not_after = time_of(X509_get0_notAfter(certificates[next].get()));
    if (not_after && (!chain.first_to_expire || *not_after < chain.first_to_expire->not_after))
      chain.first_to_expire =
          ChainInfo::Issuer{text_of(X509_get_subject_name(certificates[next].get())), *not_after};
  }
  chain.linked = chain.order.size();
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    if (!used[i]) chain.order.push_back(i);
  }
  auto* own = certificates[leaf].get();
  chain.self_issued = is_issuer(own, own);
  if (chain.linked == 1 && !chain.self_issued) {
    chain.issuer_elsewhere = names_ca_issuers(own);
    chain.issuer = text_of(X509_get_issuer_name(own));
  }
  ERR_clear_error();
  return chain;
}

Result<CertificateInfo> info_of(const std::vector<X509Ptr>& certificates, std::string_view wanted_key) {
  std::size_t leaf = 0;
  auto key_id = key_id_in(certificates[0].get());
  for (std::size_t i = 1; !wanted_key.empty() && key_id != wanted_key && i < certificates.size(); ++i) {
    auto other = key_id_in(certificates[i].get());
    if (other != wanted_key) continue;
    leaf = i;
    key_id = std::move(other);
  }
  const auto place = std::to_string(leaf + 1);
  if (key_id.empty())
    return invalid("tls.crt: the public key of certificate " + place +
                   " does not decode: " + last_openssl_error());
  auto* certificate = certificates[leaf].get();
  const auto not_before = time_of(X509_get0_notBefore(certificate));
  const auto not_after = time_of(X509_get0_notAfter(certificate));
  if (!not_before || !not_after)
    return invalid("tls.crt: the validity of certificate " + place + " is not a time");
  X509_up_ref(certificate);
  return CertificateInfo{
      {certificate, X509_free},    std::move(key_id), dns_names_of(certificate), *not_before, *not_after,
      chain_of(certificates, leaf)};
}

int note_password_wanted(char*, int, int, void* wanted) {
  *static_cast<bool*>(wanted) = true;
  return -1;
}

}  // namespace

Result<CertificateInfo> read_certificate(std::string_view chain_pem, std::string_view key_id) {
  if (chain_pem.empty()) return invalid("tls.crt is empty");
  if (chain_pem.size() > INT_MAX) return Error{ErrorKind::limit, "tls.crt is too large"};
  if (chain_pem.find("PRIVATE KEY-----") != std::string_view::npos)
    return invalid("tls.crt holds a private key; it belongs into tls.key alone");
  if (chain_pem.find("-----BEGIN ") == std::string_view::npos)
    return invalid("tls.crt is not PEM: it has no '-----BEGIN CERTIFICATE-----' line");

  ERR_clear_error();
  const BioPtr bio = reading(chain_pem);
  std::vector<X509Ptr> certificates;
  int number = 0;
  while (auto block = next_block(bio.get())) {
    ++number;
    const auto position = std::to_string(number);
    if (block->name != PEM_STRING_X509 && block->name != PEM_STRING_X509_OLD)
      return invalid("tls.crt: block " + position + " is a '" + block->name + "', not a certificate");
    const unsigned char* cursor = block->der.get();
    X509Ptr certificate(d2i_X509(nullptr, &cursor, block->size));
    if (!certificate || cursor != block->der.get() + block->size)
      return invalid("tls.crt: certificate " + position + " does not decode: " + last_openssl_error());
    certificates.push_back(std::move(certificate));
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string problem = last_openssl_error();
  if (!ended)
    return invalid("tls.crt: the PEM block after certificate " + std::to_string(number) +
                   " does not decode: " + problem);
  if (certificates.empty()) return invalid("tls.crt holds no certificate");
  return info_of(certificates, key_id);
}

Result<std::string> key_id_of(const SecretBytes& key_pem) {
  const std::string_view pem = key_pem.reveal();
  if (pem.empty()) return invalid("tls.key is empty");
  if (pem.size() > INT_MAX) return Error{ErrorKind::limit, "tls.key is too large"};
  if (pem.find("-----BEGIN ") == std::string_view::npos)
    return invalid("tls.key is not PEM: it has no '-----BEGIN PRIVATE KEY-----' line");
  if (pem.find("PRIVATE KEY-----") == std::string_view::npos) return invalid("tls.key holds no private key");

  ERR_clear_error();
  bool encrypted = false;
  const BioPtr bio = reading(pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, note_password_wanted, &encrypted));
  const std::string problem = last_openssl_error();
  if (encrypted) return invalid("tls.key is encrypted; store it without a passphrase");
  if (!key) return invalid("tls.key does not decode: " + problem);

  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  const DerPtr owner(der);
  if (size <= 0) return invalid("tls.key has no public key: " + last_openssl_error());
  return digest_of(der, size);
}

bool names_host(const CertificateInfo& certificate, std::string_view host) {
  return certificate.leaf != nullptr && certificate_names_host(certificate.leaf.get(), host);
}

}  // namespace palpo::api
