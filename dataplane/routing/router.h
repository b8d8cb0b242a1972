// SPDX-License-Identifier: Apache-2.0
// From listener, Host header and raw path to what happens with a request. Immutable, any thread; no
// allocation in match(). Hosts: exact, then "*.suffix" for one label, then "*". A host that has an entry
// never falls through, neither to a less specific one nor to the default route.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataplane/api/model.h"
#include "dataplane/routing/path_table.h"
#include "dataplane/routing/sharded_map.h"

namespace palpo::routing {

// One host's routes in matching form. Keeps its source alive; pointers in Match point into it.
struct CompiledHost {
  api::Ref<api::Host> source;
  PathTable http;
  PathTable https;
  PathTable federation;
  bool refuses = false;  // a route of it is a refusal
};
std::shared_ptr<const CompiledHost> compile_host(api::Ref<api::Host> host);

struct Match {
  enum class Kind {
    route,              // take `route`
    redirect_to_https,  // 308 to https://host/target
    no_route,           // the host is known, its paths are not: 404
    escapes,            // a lenient server would read the path as another route's: 400
    no_host,            // nobody has this host, and there is no default route: 404
  };
  Kind kind = Kind::no_host;
  const api::Route* route = nullptr;  // kind == route or escapes
  // Its action; the one that it is.
  const api::ProxyTo* proxy = nullptr;
  const api::FixedAnswer* answer = nullptr;
  const api::Refusal* refusal = nullptr;
};

// Lower case without port and one trailing dot, in `scratch`: "Example.COM.:443" -> "example.com". IPv6
// literals keep their brackets. Empty: not a host.
std::string_view normalize_host(std::string_view host_header, std::string& scratch);

class Router {
 public:
  // The next version: shares what did not change.
  void put(std::shared_ptr<const CompiledHost> host);
  void drop(std::string_view name);
  void set_default_route(const std::optional<api::Route>& route);

  // host: normalised. target: the raw request target; its query is cut here ('?').
  Match match(api::Listener listener, std::string_view host, std::string_view target) const;
  const CompiledHost* find_host(std::string_view host) const;  // by the same precedence

 private:
  ShardedMap<std::shared_ptr<const CompiledHost>> hosts_;
  std::shared_ptr<const CompiledHost> default_;  // with the default route alone; null: there is none
};

}  // namespace palpo::routing
