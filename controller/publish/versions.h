// SPDX-License-Identifier: Apache-2.0
// A snapshot in the versions that somebody still holds. The next one is made of one that nobody holds any
// more, by what has changed since: publishing a change among thousands of resources copies none of the
// others. One owner, one thread.
#pragma once
#include <cstdint>
#include <deque>
#include <list>
#include <memory>

#include "dataplane/api/delta.h"
#include "dataplane/api/model.h"

namespace palpo::publish {

class Versions {
 public:
  Versions();
  const std::shared_ptr<const api::Snapshot>& newest() const { return newest_; }
  // change: from the newest on.
  const std::shared_ptr<const api::Snapshot>& advance(const api::Delta& change);

 private:
  struct Version {
    std::shared_ptr<api::Snapshot> snapshot;
    std::uint64_t number = 0;
  };
  Version take_free();
  void forget_changes();

  std::list<Version> versions_;     // the oldest first
  std::deque<api::Delta> changes_;  // up to the newest; the last one leads to it
  std::uint64_t number_ = 0;        // of the newest
  std::shared_ptr<const api::Snapshot> newest_;
};

}  // namespace palpo::publish
