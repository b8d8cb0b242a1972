// SPDX-License-Identifier: Apache-2.0
// Which certificate a server name gets: exact name, then "*.suffix" for one label, then "*", then the
// default. Immutable once built, any thread. One table serves 443 and 8448.
#pragma once
#include <string>
#include <string_view>

#include "dataplane/routing/sharded_map.h"
#include "dataplane/tls/server_context.h"

namespace palpo::tls {

struct TlsChoice {
  enum class Kind { certificate, refuse };  // refuse: alert unrecognized_name (RFC 6066 3)
  Kind kind = Kind::refuse;
  SSL_CTX* context = nullptr;  // owned by the table
};

class TlsTable {
 public:
  void put(std::string_view host, ContextPtr context);
  void put_refusal(std::string_view host);
  void put_default(std::string_view host);  // the host is known and uses the default certificate
  void drop(std::string_view host);
  void set_default(ContextPtr context);
  void set_hello(ContextPtr context);

  // server_name: as the client sent it, any case; empty: none was sent.
  TlsChoice choose(std::string_view server_name) const;
  SSL_CTX* hello() const { return hello_.get(); }  // where a connection begins, see make_hello_context()

 private:
  struct Entry {
    enum class Kind { context, refuse, use_default };
    Kind kind = Kind::refuse;
    ContextPtr context;
  };
  const Entry* find(std::string_view name) const;

  routing::ShardedMap<Entry> hosts_;
  ContextPtr default_;
  ContextPtr hello_;
};

}  // namespace palpo::tls
