// SPDX-License-Identifier: Apache-2.0
#include "dataplane/telemetry/owner_series.h"

#include <string_view>

namespace palpo::telemetry {

namespace {
constexpr std::string_view kFirst = "PalpoHomeserver/";
}  // namespace

void OwnerSeries::select(const OwnerNames& configured) {
  for (auto& [owner, entry] : entries_) entry.shown = false;
  std::size_t shown = 0;
  for (const bool first : {true, false}) {
    for (const auto& [owner, routes] : configured) {
      if (shown == most_) break;
      if (owner.starts_with(kFirst) != first) continue;
      entries_[owner].shown = true;
      ++shown;
    }
  }
  without_ = configured.size() - shown;
}

void OwnerSeries::update(const OwnerNames& configured,
                         const std::unordered_map<std::string, OwnerCount>& counted) {
  select(configured);
  for (const auto& [owner, now] : counted) {
    Entry& entry = entries_[owner];
    OwnerCount& into = entry.shown ? entry.own : other_;
    into.requests += now.requests - entry.seen.requests;
    into.failures += now.failures - entry.seen.failures;
    entry.seen = now;
  }
}

std::vector<std::pair<std::string, OwnerCount>> OwnerSeries::shown() const {
  std::vector<std::pair<std::string, OwnerCount>> all;
  for (const auto& [owner, entry] : entries_)
    if (entry.shown) all.emplace_back(owner, entry.own);
  return all;
}

}  // namespace palpo::telemetry
