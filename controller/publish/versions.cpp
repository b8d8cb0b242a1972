// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/versions.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace palpo::publish {
namespace {

// One that is further behind is let go: to bring it up to date would cost more than it saves.
constexpr std::uint64_t kFurthest = 32;

void change_by(api::Snapshot& snapshot, const api::Delta& change) {
  auto changed = api::apply(std::move(snapshot), change);
  PALPO_CHECK(changed.ok());
  snapshot = std::move(*changed);
}

}  // namespace

Versions::Versions() {
  versions_.push_back({std::make_shared<api::Snapshot>(), number_});
  newest_ = versions_.back().snapshot;
}

const std::shared_ptr<const api::Snapshot>& Versions::advance(const api::Delta& change) {
  if (change.empty()) return newest_;
  auto next = take_free();
  changes_.push_back(change);
  ++number_;
  const auto behind = number_ - next.number;
  for (auto at = changes_.end() - static_cast<std::ptrdiff_t>(behind); at != changes_.end(); ++at)
    change_by(*next.snapshot, *at);
  next.number = number_;
  newest_ = next.snapshot;
  versions_.push_back(std::move(next));
  forget_changes();
  return newest_;
}

// The oldest that nobody else holds, or a copy of the newest.
Versions::Version Versions::take_free() {
  std::erase_if(versions_, [this](const Version& version) {
    return version.snapshot.use_count() == 1 && number_ - version.number > kFurthest;
  });
  const auto free = std::ranges::find_if(
      versions_, [](const Version& version) { return version.snapshot.use_count() == 1; });
  if (free == versions_.end()) return {std::make_shared<api::Snapshot>(*newest_), number_};
  auto taken = std::move(*free);
  versions_.erase(free);
  return taken;
}

void Versions::forget_changes() {
  const auto needed = number_ - std::min(versions_.front().number, number_);
  while (changes_.size() > needed) changes_.pop_front();
}

}  // namespace palpo::publish
