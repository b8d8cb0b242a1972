// SPDX-License-Identifier: Apache-2.0
// A configuration in the form that is sent, and a short memory of those sent before, so that a data plane
// that comes back gets a difference and not the whole. Immutable values; the history has one owner and one
// thread.
#pragma once
#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>

#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"

namespace palpo::publish {

struct Published {
  // The step that led here, kept because most data planes take just this one.
  struct Step {
    Digest from;
    api::Delta delta;
  };
  std::shared_ptr<const api::Snapshot> snapshot;
  std::shared_ptr<const api::KeyRing> keys;
  Digest version;
  std::shared_ptr<const Step> step = nullptr;  // null: unknown
};
using PublishedRef = std::shared_ptr<const Published>;

class History {
 public:
  // Snapshots share their resources: an entry costs what differs and its maps.
  static constexpr std::size_t kLength = 6;

  // What is forgotten for it: letting go of a large snapshot takes time, which its owner may spend later.
  PublishedRef remember(PublishedRef published) {
    std::erase_if(entries_, [&](const auto& entry) { return entry->version == published->version; });
    entries_.push_back(std::move(published));
    if (entries_.size() <= kLength) return nullptr;
    auto oldest = std::move(entries_.front());
    entries_.pop_front();
    return oldest;
  }
  PublishedRef find(const Digest& version) const {
    const auto at = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const auto& entry) { return entry->version == version; });
    return at == entries_.end() ? nullptr : *at;
  }

 private:
  std::deque<PublishedRef> entries_;
};

}  // namespace palpo::publish
