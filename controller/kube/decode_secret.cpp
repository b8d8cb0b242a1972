// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/base64.h"
#include "controller/kube/decode.h"
#include "controller/kube/secret.h"
#include "controller/kube/shape.h"

namespace palpo::kube {
namespace {

constexpr ShapeField kSecret[] = {
    {"immutable", Is::boolean}, {"data", Is::text_map}, {"stringData", Is::text_map}, {"type", Is::text}};

constexpr std::string_view kCertificate = "tls.crt";
constexpr std::string_view kKey = "tls.key";
constexpr std::string_view kNotBase64 = "expected base64";

void check_base64(Fields& object) {
  Fields data = object.object("data");
  object.value("data").each_member([&data](std::string_view name, const Value& value) {
    const auto text = value.text();
    if (value.is_null()) return;
    if (!text)
      data.fail(name, "expected a string");
    else if (!base64_decoded_size(*text))
      data.fail(name, kNotBase64);
  });
}

std::shared_ptr<SecretBytes> decode_bytes(const Fields& data, const Fields& plain, std::string_view name) {
  // As the API server merges them: stringData wins.
  if (const auto text = plain.value(name).text())
    return std::make_shared<SecretBytes>(SecretBytes::copy_of(*text));
  const auto text = data.value(name).text();
  if (!text) return nullptr;
  const auto size = base64_decoded_size(*text);
  if (!size) return nullptr;
  auto bytes = std::make_shared<SecretBytes>(SecretBytes::of_size(*size));
  base64_decode(*text, bytes->data());
  return bytes;
}

}  // namespace

Secret Secret::decode(Meta meta, Fields& object) {
  Secret secret;
  secret.meta = std::move(meta);
  secret.type = object.text("type", "Opaque");
  check_base64(object);
  Fields data = object.object("data");
  Fields plain = object.object("stringData");
  if (const auto certificate = decode_bytes(data, plain, kCertificate))
    secret.tls_crt = std::string(certificate->reveal());
  secret.tls_key = decode_bytes(data, plain, kKey);
  return secret;
}

Shape Secret::shape() { return kSecret; }

}  // namespace palpo::kube
