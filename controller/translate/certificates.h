// SPDX-License-Identifier: Apache-2.0
// From a Secret to a certificate that can be served, or to what is wrong with it. Pure.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "controller/kube/kinds.h"
#include "controller/translate/report.h"
#include "dataplane/api/model.h"
#include "dataplane/api/pem.h"

namespace palpo::translate {

struct Inspection {
  api::Ref<api::Certificate> certificate;      // null: nothing that could be served
  std::shared_ptr<const api::PrivateKey> key;  // of the certificate; null: only data planes have it
  api::CertificateInfo info;
  std::optional<Finding>
      problem;  // beside a certificate: the Secret is bad or gone, this is its last good form
  std::optional<Finding> chain;  // what is wrong with the certificates behind the leaf
};

// What is known of a Secret.
struct SecretForms {
  const kube::Secret* secret = nullptr;        // null: there is none
  const kube::BrokenObject* broken = nullptr;  // null: its newest form can be read
  const kube::Secret* lost =
      nullptr;  // without `secret`: the last good form; the key may be missing: a data plane has it
  std::string other_type{};  // without `secret`: there is one of this type, whose content is not read
  bool unread = false;       // Secrets of its namespace are not read at all
};

// A lost form is of use until it expires, and no longer.
Inspection inspect(const kube::ObjectKey& key, const SecretForms& forms, WallClock::time_point now);

// The certificate is there and names the host. "*" has no name to check.
bool serves(const Inspection& inspection, std::string_view host);

// For store::SecretCheck: what is wrong with the content of a Secret.
std::optional<std::string> secret_fault(const kube::Secret& secret);

}  // namespace palpo::translate
