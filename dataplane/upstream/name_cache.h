// SPDX-License-Identifier: Apache-2.0
// A worker's memory of resolved names: fresh for seconds, served stale while it asks again. Worker's thread;
// the resolver's answers are posted to it. The resolver must have fallen silent before the loop goes.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "dataplane/net/event_loop.h"
#include "dataplane/upstream/name_resolver.h"

namespace palpo::upstream {

class NameCache {
 public:
  using Addresses = NameResolver::Addresses;
  static constexpr std::chrono::seconds kFresh{10};
  static constexpr std::chrono::seconds kStale{300};  // how long an old answer outlives a failing resolver

  class Waiter {
   public:
    virtual void on_resolved(const Addresses* addresses) = 0;  // nullptr: failed

   protected:
    ~Waiter() = default;
  };

  NameCache(net::EventLoop& loop, NameResolver& resolver) : loop_(loop), resolver_(resolver) {}

  const Addresses* find(const std::string& name);  // nullptr: wait()
  void wait(const std::string& name, Waiter& waiter);
  void cancel(Waiter& waiter);

 private:
  struct Entry {
    Addresses addresses;
    Clock::time_point resolved;
    bool asking = false;
    std::vector<Waiter*> waiters;
  };
  void ask(const std::string& name, Entry& entry);
  void on_answer(const std::string& name, Result<Addresses> answer);

  net::EventLoop& loop_;
  NameResolver& resolver_;
  std::unordered_map<std::string, Entry> entries_;
  std::shared_ptr<int> life_ = std::make_shared<int>(0);
};

}  // namespace palpo::upstream
