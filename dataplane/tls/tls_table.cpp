// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/tls_table.h"

#include <algorithm>

#include "base/ascii.h"
#include "dataplane/routing/wildcard.h"

namespace palpo::tls {

void TlsTable::put(std::string_view host, ContextPtr context) {
  hosts_.put(host, {Entry::Kind::context, std::move(context)});
}

void TlsTable::put_refusal(std::string_view host) { hosts_.put(host, {Entry::Kind::refuse, nullptr}); }

void TlsTable::put_default(std::string_view host) { hosts_.put(host, {Entry::Kind::use_default, nullptr}); }

void TlsTable::drop(std::string_view host) { hosts_.drop(host); }

void TlsTable::set_default(ContextPtr context) { default_ = std::move(context); }

void TlsTable::set_hello(ContextPtr context) { hello_ = std::move(context); }

const TlsTable::Entry* TlsTable::find(std::string_view name) const {
  if (!name.empty()) {
    if (const Entry* exact = hosts_.find(name)) return exact;
    routing::WildcardBuffer buffer;
    if (const auto wildcard = routing::wildcard_of(name, buffer); !wildcard.empty()) {
      if (const Entry* found = hosts_.find(wildcard)) return found;
    }
  }
  return hosts_.find("*");
}

TlsChoice TlsTable::choose(std::string_view server_name) const {
  if (server_name.ends_with('.')) server_name.remove_suffix(1);
  std::array<char, routing::kMaxHostName> lower;
  if (server_name.size() > lower.size()) server_name = {};  // no host has such a name
  std::transform(server_name.begin(), server_name.end(), lower.begin(), ascii_lower);
  const Entry* entry = find({lower.data(), server_name.size()});
  if (entry != nullptr && entry->kind == Entry::Kind::refuse) return {};
  SSL_CTX* context =
      entry != nullptr && entry->kind == Entry::Kind::context ? entry->context.get() : default_.get();
  if (context == nullptr) return {};
  return {TlsChoice::Kind::certificate, context};
}

}  // namespace palpo::tls
