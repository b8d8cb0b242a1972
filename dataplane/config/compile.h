// SPDX-License-Identifier: Apache-2.0
// Makes the next RuntimeConfig from the last one and what changed: everything that did not change is shared.
// Keeps what outlives configurations: TLS contexts by certificate, endpoint identities, ticket keys. Main
// thread only. It trusts that the snapshot is valid (api::validate_change); whether certificates can be used
// is found out here.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"
#include "dataplane/api/validate.h"
#include "dataplane/config/endpoint_registry.h"
#include "dataplane/config/owner_registry.h"
#include "dataplane/config/runtime_config.h"
#include "dataplane/tls/server_context.h"

namespace palpo::config {

struct Compilation {
  ConfigPtr config;                // null: refused
  std::vector<api::Fault> faults;  // all of them
};

class Compiler {
 public:
  Compiler();

  // serving: the snapshot of the last successful call (empty before the first); next: serving with delta
  // applied. keys: those of all certificates that the delta puts. After faults the compiler stands where it
  // stood.
  Compilation compile(const api::Snapshot& serving, const api::Snapshot& next, const api::Delta& delta,
                      const Digest& version, const api::KeyRing& keys);

  void rotate_ticket_keys() { tickets_->rotate(); }

  // Whose routes the last configuration has, and how many each: see OwnerRegistry.
  const std::map<std::string, std::size_t>& owners() const { return owners_.owners(); }

 private:
  using Contexts = std::map<std::string, tls::ContextPtr>;
  struct Draft;

  std::vector<api::Fault> make_contexts(Draft& draft, const api::KeyRing& keys);
  void take_certificates(Draft& draft);
  void take_settings(Draft& draft);
  void take_hosts(Draft& draft);
  void take_clusters(Draft& draft);
  void put_tls(const api::Host& host, tls::TlsTable& table) const;

  std::shared_ptr<tls::TicketKeys> tickets_;
  tls::ContextPtr hello_;
  tls::ContextPtr self_signed_;  // made when first needed
  Contexts contexts_;            // of the last configuration's certificates, by name
  EndpointRegistry endpoints_;
  OwnerRegistry owners_;
  ConfigPtr last_;
};

}  // namespace palpo::config
