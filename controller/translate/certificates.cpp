// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/certificates.h"

#include <algorithm>

#include "controller/translate/claims.h"

namespace palpo::translate {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::size_t kMaxChain = std::size_t{256} << 10;
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

// Only the certificates of a PEM text: comments may hold any bytes, and some authors put the key in, too.
std::string certificates_of(std::string_view pem) {
  std::string chain;
  while (true) {
    const auto begin = pem.find(kBegin);
    if (begin == std::string_view::npos) return chain;
    const auto end = pem.find(kEnd, begin);
    if (end == std::string_view::npos) return chain;
    for (const char c : pem.substr(begin, end + kEnd.size() - begin)) {
      if (c != '\r') chain += c;
    }
    chain += '\n';
    pem.remove_prefix(end + kEnd.size());
  }
}

struct Content {
  std::string chain;
  api::CertificateInfo info;
};

Result<Content> read(const kube::Secret& secret) {
  if (!secret.type.empty() && secret.type != "kubernetes.io/tls") {
    return invalid("its type is " + secret.type + ", not kubernetes.io/tls");
  }
  Content content{certificates_of(secret.tls_crt), {}};
  if (content.chain.empty()) return invalid("tls.crt holds no certificate");
  if (content.chain.size() > kMaxChain) return invalid("tls.crt is larger than 256 KiB");
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!std::all_of(content.chain.begin(), content.chain.end(), ascii)) return invalid("tls.crt is not PEM");
  auto info = api::read_certificate(content.chain);
  if (!info) return info.error();
  content.info = *std::move(info);
  if (!secret.tls_key || secret.tls_key->empty()) return invalid("tls.key is missing");
  const auto key_id = api::key_id_of(*secret.tls_key);
  if (!key_id) return key_id.error();
  if (*key_id != content.info.key_id) return invalid("tls.key does not match tls.crt");
  return content;
}

}  // namespace

Inspection inspect(const kube::ObjectKey& key, const kube::Secret* secret, const kube::BrokenObject* broken) {
  const auto name = "Secret " + key.text();
  Inspection inspection;
  if (broken) inspection.problem = warning("SecretInvalid", name + ": " + broken->message);
  if (!secret) {
    if (!broken) {
      inspection.problem = warning("SecretNotFound", name + " of type kubernetes.io/tls does not exist");
    }
    return inspection;
  }
  auto content = read(*secret);
  if (!content) {
    if (!broken) inspection.problem = warning("SecretInvalid", name + ": " + content.error().message);
    return inspection;
  }
  auto [chain, info] = *std::move(content);
  inspection.certificate = api::seal(api::Certificate{key.text(), std::move(chain), info.key_id});
  inspection.key = std::make_shared<const api::PrivateKey>(
      api::PrivateKey{info.key_id, SecretBytes::copy_of(secret->tls_key->reveal())});
  inspection.info = std::move(info);
  return inspection;
}

bool serves(const Inspection& inspection, std::string_view host) {
  if (!inspection.certificate) return false;
  if (host == kEveryHost) return true;
  const auto& names = inspection.info.dns_names;
  if (host.starts_with("*.")) return std::find(names.begin(), names.end(), host) != names.end();
  return api::covers(names, host);
}

std::optional<std::string> secret_fault(const kube::Secret& secret) {
  const auto content = read(secret);
  if (content) return std::nullopt;
  return content.error().message;
}

}  // namespace palpo::translate
