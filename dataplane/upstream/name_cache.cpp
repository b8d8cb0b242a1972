// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/name_cache.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace palpo::upstream {

const NameCache::Addresses* NameCache::find(const std::string& name) {
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.addresses.empty()) return nullptr;
  Entry& entry = found->second;
  const auto age = loop_.now() - entry.resolved;
  if (age > kStale) return nullptr;
  if (age > kFresh) ask(name, entry);
  return &entry.addresses;
}

void NameCache::wait(const std::string& name, Waiter& waiter) {
  Entry& entry = entries_[name];
  entry.waiters.push_back(&waiter);
  ask(name, entry);
}

void NameCache::cancel(Waiter& waiter) {
  for (auto& [name, entry] : entries_) std::erase(entry.waiters, &waiter);
}

void NameCache::ask(const std::string& name, Entry& entry) {
  if (std::exchange(entry.asking, true)) return;
  auto done = [this, name, &loop = loop_, life = std::weak_ptr(life_)](Result<Addresses> answer) {
    loop.post([this, name, life, answer = std::move(answer)] {
      if (!life.expired()) on_answer(name, answer);
    });
  };
  resolver_.resolve(name, std::move(done));
}

void NameCache::on_answer(const std::string& name, Result<Addresses> answer) {
  Entry& entry = entries_[name];
  entry.asking = false;
  if (answer && !answer->empty()) {
    entry.addresses = std::move(*answer);
    entry.resolved = loop_.now();
  } else {
    log_warning("upstream.resolve", "resolving an endpoint's name failed",
                {{"name", name}, {"reason", answer ? "no address" : answer.error().message}});
    if (loop_.now() - entry.resolved > kStale) entry.addresses.clear();
  }
  const Addresses addresses = entry.addresses;  // waiters may come back here
  const std::vector<Waiter*> waiters = std::exchange(entry.waiters, {});
  for (Waiter* waiter : waiters) waiter->on_resolved(addresses.empty() ? nullptr : &addresses);
}

}  // namespace palpo::upstream
