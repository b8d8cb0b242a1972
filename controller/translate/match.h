// SPDX-License-Identifier: Apache-2.0
// Which requests of a host a route takes, and how two such wishes stand to each other. A further kind of
// match (a header, a method) is a field here, with what it means for rivals and covering; nothing else looks
// into it. Pure.
#pragma once
#include <string>
#include <tuple>
#include <utility>

#include "dataplane/api/model.h"

namespace palpo::translate {

struct Match {
  api::ListenerSet listeners;
  api::PathType type = api::PathType::prefix;
  std::string path;
  auto operator<=>(const Match&) const = default;

  // Of two with the same place only one is served on a listener.
  using Place = std::pair<api::PathType, std::string>;
  Place place() const { return {type, path}; }
};

inline bool overlap(const Match& a, const Match& b) { return (a.listeners.bits & b.listeners.bits) != 0; }

// The same requests are wanted by both.
inline bool rivals(const Match& a, const Match& b) { return a.place() == b.place() && overlap(a, b); }

// Every request for `narrow` would be one for `wide` too, if nothing closer took it.
inline bool covers(const Match& wide, const Match& narrow) {
  if (!overlap(wide, narrow)) return false;
  const auto& [path, other] = std::tie(wide.path, narrow.path);
  if (path == other) return true;
  if (wide.type == api::PathType::exact) return false;
  return path == "/" || (other.starts_with(path) && other[path.size()] == '/');
}

// Between a claim and the route that it becomes.
inline Match match_of(const api::Route& route) { return {route.listeners, route.type, route.path}; }
inline void set_match(api::Route& route, Match match) {
  route.listeners = match.listeners;
  route.type = match.type;
  route.path = std::move(match.path);
}

// The order of a host's routes: it has no meaning, but is always the same.
inline bool comes_before(const api::Route& a, const api::Route& b) {
  return std::tie(a.path, a.type, a.listeners) < std::tie(b.path, b.type, b.listeners);
}

}  // namespace palpo::translate
