// SPDX-License-Identifier: Apache-2.0
#include "dataplane/matrix/long_poll.h"

#include <algorithm>
#include <cstdint>

namespace palpo::matrix {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kOrdinary{60};
constexpr seconds kSlow{300};
constexpr seconds kSlack{30};
constexpr milliseconds kWaitCap = std::chrono::minutes{10};

enum class Wait {
  sync,         // `timeout`; slow when it carries no position or asks for the full state
  timeout,      // `timeout`
  timeout_ms,   // `timeout_ms`, for an upload that is still under way
  slow,         // computes or federates for minutes
  slow_remote,  // slow when `server` names another homeserver
};

// The paths behind "/_matrix/<space>/<version>/". "*" is one element, "**" at the end all that follow.
struct Endpoint {
  std::string_view space;
  std::string_view pattern;
  Wait wait;
};

constexpr Endpoint kEndpoints[] = {
    {"client", "sync", Wait::sync},
    {"client", "events", Wait::timeout},
    {"client", "initialSync", Wait::slow},
    {"client", "rooms/*/initialSync", Wait::slow},
    {"client", "join/*", Wait::slow},
    {"client", "knock/*", Wait::slow},
    {"client", "rooms/*/join", Wait::slow},
    {"client", "rooms/*/knock", Wait::slow},
    {"client", "publicRooms", Wait::slow_remote},
    {"client", "keys/query", Wait::slow},
    {"client", "media/download/**", Wait::timeout_ms},
    {"client", "media/thumbnail/**", Wait::timeout_ms},
    {"media", "download/**", Wait::timeout_ms},
    {"media", "thumbnail/**", Wait::timeout_ms},
    {"federation", "make_join/**", Wait::slow},
    {"federation", "send_join/**", Wait::slow},
    {"federation", "make_knock/**", Wait::slow},
    {"federation", "send_knock/**", Wait::slow},
    {"federation", "media/download/**", Wait::timeout_ms},
    {"federation", "media/thumbnail/**", Wait::timeout_ms},
};

std::string_view take_element(std::string_view& path) {
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view element = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return element;
}

bool fits(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    const std::string_view wanted = take_element(pattern);
    if (wanted == "**") return !path.empty();
    if (path.empty()) return false;
    const std::string_view element = take_element(path);
    if (wanted != "*" && wanted != element) return false;
  }
  return path.empty();
}

// What follows the version: "v3/sync", "api/v1/events", "unstable/org.example.msc1/sync" (vendor optional).
bool fits_any_version(std::string_view pattern, std::string_view rest) {
  const std::string_view version = take_element(rest);
  if (version == "api") take_element(rest);
  if (fits(pattern, rest)) return true;
  if (version != "unstable") return false;
  take_element(rest);
  return fits(pattern, rest);
}

const Endpoint* find_endpoint(std::string_view path) {
  constexpr std::string_view kRoot = "/_matrix/";
  if (!path.starts_with(kRoot)) return nullptr;
  path.remove_prefix(kRoot.size());
  const std::string_view space = take_element(path);
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.space == space && fits_any_version(endpoint.pattern, path)) return &endpoint;
  }
  return nullptr;
}

template <class F>
void for_each_parameter(std::string_view query, const F& visit) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    visit(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

bool has_value(std::string_view query, std::string_view name) {
  bool found = false;
  for_each_parameter(query, [&](std::string_view key, std::string_view value) {
    found = found || (key == name && !value.empty());
  });
  return found;
}

milliseconds parse_wait(std::string_view text) {
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return milliseconds{0};
    value = std::min<std::int64_t>(value * 10 + (c - '0'), kWaitCap.count());
  }
  return milliseconds{value};
}

// Of several the longest: which one the homeserver takes is its own affair.
seconds wait_named(std::string_view query, std::string_view name) {
  milliseconds longest{0};
  for_each_parameter(query, [&](std::string_view key, std::string_view value) {
    if (key == name) longest = std::max(longest, parse_wait(value));
  });
  return std::max(kOrdinary, std::chrono::ceil<seconds>(longest) + kSlack);
}

bool is_initial_sync(std::string_view query) {
  bool full_state = false;
  for_each_parameter(query, [&](std::string_view key, std::string_view value) {
    full_state = full_state || (key == "full_state" && value == "true");
  });
  return full_state || (!has_value(query, "since") && !has_value(query, "pos"));
}

}  // namespace

ResponseWait response_wait(std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  const Endpoint* endpoint = find_endpoint(target.substr(0, mark));
  if (endpoint == nullptr) return {};
  const std::string_view query = target.substr(std::min(mark + 1, target.size()));
  switch (endpoint->wait) {
    case Wait::sync: {
      const seconds named = wait_named(query, "timeout");
      return {is_initial_sync(query) ? std::max(kSlow, named) : named, true};
    }
    case Wait::timeout:
      return {wait_named(query, "timeout"), true};
    case Wait::timeout_ms:
      return {wait_named(query, "timeout_ms"), false};
    case Wait::slow:
      return {kSlow, false};
    case Wait::slow_remote:
      return {has_value(query, "server") ? kSlow : kOrdinary, false};
  }
  return {};
}

}  // namespace palpo::matrix
