// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/certificates.h"

#include "controller/translate/claims.h"
#include "controller/translate/names.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::size_t kMaxChain = std::size_t{256} << 10;
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

// Only the certificates of a PEM text: comments may hold any bytes, and some authors put the key in, too.
std::vector<std::string> certificates_of(std::string_view pem) {
  std::vector<std::string> certificates;
  while (true) {
    const auto begin = pem.find(kBegin);
    if (begin == std::string_view::npos) return certificates;
    const auto end = pem.find(kEnd, begin);
    if (end == std::string_view::npos) return certificates;
    auto& certificate = certificates.emplace_back();
    for (const char c : pem.substr(begin, end + kEnd.size() - begin)) {
      if (c != '\r') certificate += c;
    }
    certificate += '\n';
    pem.remove_prefix(end + kEnd.size());
  }
}

std::string joined(const std::vector<std::string>& certificates) {
  std::string chain;
  for (const auto& certificate : certificates) chain += certificate;
  return chain;
}

struct Content {
  std::string chain;
  api::CertificateInfo info;
};

enum class KeyWish { required, optional };

Result<Content> read(const kube::Secret& secret, KeyWish wish = KeyWish::required) {
  if (!secret.type.empty() && secret.type != "kubernetes.io/tls") {
    return invalid("its type is " + secret.type + ", not kubernetes.io/tls");
  }
  const auto certificates = certificates_of(secret.tls_crt);
  Content content{joined(certificates), {}};
  if (content.chain.empty()) return invalid("tls.crt holds no certificate");
  if (content.chain.size() > kMaxChain) return invalid("tls.crt is larger than 256 KiB");
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!std::all_of(content.chain.begin(), content.chain.end(), ascii)) return invalid("tls.crt is not PEM");
  const auto key_id = secret.tls_key ? api::key_id_of(*secret.tls_key) : Result<std::string>(std::string());
  auto info = api::read_certificate(content.chain, key_id ? *key_id : std::string());
  if (!info) return info.error();
  content.info = *std::move(info);
  const bool has_key = secret.tls_key && !secret.tls_key->empty();
  if (!has_key && wish == KeyWish::required) return invalid("tls.key is missing");
  if (!key_id) return key_id.error();
  if (has_key && *key_id != content.info.key_id) return invalid("tls.key does not match tls.crt");
  content.chain.clear();
  for (const auto place : content.info.chain.order) content.chain += certificates[place];
  return content;
}

// What keeps other servers from finding the way to a root they trust; nullopt: nothing that can be seen here.
std::optional<Finding> chain_finding(const kube::ObjectKey& key, const api::ChainInfo& chain) {
  const auto text = "the certificate of Secret " + key.text();
  const auto others = chain.order.size() - chain.linked;
  if (chain.linked == 1 && !chain.self_issued && (others > 0 || chain.issuer_elsewhere)) {
    return warning(
        Concern::certificate, "CertificateChainIncomplete",
        text + " comes without its issuer " + api::shown(chain.issuer) +
            (others > 0 ? ": the other certificates in tls.crt are not it" : "") +
            ", so other servers will refuse it; put the issuer's certificate behind it in tls.crt");
  }
  if (others == 0) return std::nullopt;
  return note(Concern::certificate, "CertificateChainUnrelated",
              text + " is followed by " + std::to_string(others) + (others == 1 ? " that is" : " that are") +
                  " none of its issuers; remove " + (others == 1 ? "it" : "them") + " from tls.crt");
}

Finding absence(const kube::ObjectKey& key, const SecretForms& forms) {
  const auto name = "Secret " + key.text();
  if (forms.unread)
    return warning(Concern::certificate, "SecretNotFound",
                   name +
                       " is not read: this ingress reads the Secrets of other namespaces only; its "
                       "operator may add " +
                       key.namespace_ + " by --secret-namespace");
  if (forms.other_type.empty())
    return warning(Concern::certificate, "SecretNotFound",
                   name + " of type kubernetes.io/tls does not exist");
  return warning(Concern::certificate, "SecretInvalid",
                 name + ": its type is " + forms.other_type + ", not kubernetes.io/tls");
}

}  // namespace

Inspection inspect(const kube::ObjectKey& key, const SecretForms& forms, WallClock::time_point now) {
  const auto* const broken = forms.broken;
  const auto name = "Secret " + key.text();
  Inspection inspection;
  if (const auto fault = object_name_fault(key.name, "Secret")) {
    inspection.problem = warning(Concern::certificate, "SecretNameInvalid",
                                 "secretName " + api::shown(key.name) + " " + *fault);
    return inspection;
  }
  if (broken)
    inspection.problem = warning(Concern::certificate, "SecretInvalid", name + ": " + broken->fault.text());
  if (!forms.secret && !broken) inspection.problem = absence(key, forms);
  const auto* const secret = forms.secret ? forms.secret : forms.lost;
  if (!secret) return inspection;
  auto content = read(*secret, forms.secret ? KeyWish::required : KeyWish::optional);
  if (!forms.secret && (!content || content->info.not_after <= now)) return inspection;
  if (!content) {
    if (!broken)
      inspection.problem =
          warning(Concern::certificate, "SecretInvalid", name + ": " + content.error().message);
    return inspection;
  }
  auto [chain, info] = *std::move(content);
  inspection.certificate = api::seal(api::Certificate{key.text(), std::move(chain), info.key_id});
  if (secret->tls_key) {
    inspection.key = std::make_shared<const api::PrivateKey>(
        api::PrivateKey{info.key_id, SecretBytes::copy_of(secret->tls_key->reveal())});
  }
  inspection.chain = chain_finding(key, info.chain);
  inspection.info = std::move(info);
  return inspection;
}

bool serves(const Inspection& inspection, std::string_view host) {
  if (!inspection.certificate) return false;
  if (host == kEveryHost) return true;
  return api::names_host(inspection.info, host);
}

std::optional<std::string> secret_fault(const kube::Secret& secret) {
  const auto content = read(secret);
  if (content) return std::nullopt;
  return content.error().message;
}

}  // namespace palpo::translate
