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

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

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
    std::string dns(text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    std::transform(dns.begin(), dns.end(), dns.begin(), ascii_lower);
    found.push_back(std::move(dns));
  }
  ERR_clear_error();  // an absent extension
  return found;
}

std::string digest_of(const unsigned char* der, int size) {
  return sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}).hex();
}

Result<CertificateInfo> info_of(const X509* leaf) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);
  const DerPtr owner(der);
  if (size <= 0)
    return invalid("tls.crt: the public key of certificate 1 does not decode: " + last_openssl_error());
  const auto not_before = time_of(X509_get0_notBefore(leaf));
  const auto not_after = time_of(X509_get0_notAfter(leaf));
  if (!not_before || !not_after) return invalid("tls.crt: the validity of certificate 1 is not a time");
  return CertificateInfo{digest_of(der, size), dns_names_of(leaf), *not_before, *not_after};
}

int note_password_wanted(char*, int, int, void* wanted) {
  *static_cast<bool*>(wanted) = true;
  return -1;
}

}  // namespace

Result<CertificateInfo> read_certificate(std::string_view chain_pem) {
  if (chain_pem.empty()) return invalid("tls.crt is empty");
  if (chain_pem.size() > INT_MAX) return Error{ErrorKind::limit, "tls.crt is too large"};
  if (chain_pem.find("PRIVATE KEY-----") != std::string_view::npos)
    return invalid("tls.crt holds a private key; it belongs into tls.key alone");
  if (chain_pem.find("-----BEGIN ") == std::string_view::npos)
    return invalid("tls.crt is not PEM: it has no '-----BEGIN CERTIFICATE-----' line");

  ERR_clear_error();
  const BioPtr bio = reading(chain_pem);
  X509Ptr leaf;
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
    if (!leaf) leaf = std::move(certificate);
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string problem = last_openssl_error();
  if (!ended)
    return invalid("tls.crt: the PEM block after certificate " + std::to_string(number) +
                   " does not decode: " + problem);
  if (!leaf) return invalid("tls.crt holds no certificate");
  return info_of(leaf.get());
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

bool covers(const std::vector<std::string>& dns_names, std::string_view host) {
  const auto dot = host.find('.');
  const bool one_label_before = dot != std::string_view::npos && dot != 0 && host.substr(0, dot) != "*";
  return std::any_of(dns_names.begin(), dns_names.end(), [&](std::string_view name) {
    if (name == host) return true;
    return one_label_before && name.substr(0, 2) == "*." && name.substr(1) == host.substr(dot);
  });
}

}  // namespace palpo::api
