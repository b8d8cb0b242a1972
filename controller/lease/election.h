// SPDX-License-Identifier: Apache-2.0
// Who of several controllers leads, by a Lease and client-go's rules. Sans-io: step() takes what happened and
// says what to do next. A holder's time runs from before its request went out; another's from when its last
// sign of life was seen here. Both are told by one steady clock, so that wall clocks do not matter. One
// owner, one thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <variant>

#include "base/clock.h"
#include "controller/lease/lease.h"

namespace palpo::lease {

struct ElectionOptions {
  std::string identity;
  std::chrono::seconds lease_duration{15};
  std::chrono::milliseconds renew_deadline{10000};
  std::chrono::milliseconds retry_period{2000};
  std::uint64_t seed = std::random_device{}();
};

// Inputs.
struct Read {  // the Lease as it is
  Lease lease;
};
struct Missing {};  // there is none
struct Written {    // our Lease, as the API server has it now
  Lease lease;
};
struct Conflict {};  // somebody else was quicker, or it is gone
struct Failed {      // no answer, or another one
  int status = 0;    // 0: none
  std::string message;
};
struct Waited {};
using ElectionInput = std::variant<Read, Missing, Written, Conflict, Failed, Waited>;

// Actions. The driver fills in renew_time, and acquire_time where it is empty.
struct ReadLease {};
struct CreateLease {
  Lease lease;
};
struct UpdateLease {
  Lease lease;
};
struct WaitNext {
  std::chrono::milliseconds delay{0};
};
struct Finished {};  // after release()
struct ElectionAction {
  std::variant<ReadLease, CreateLease, UpdateLease, WaitNext, Finished> next;
  bool failed_renewal = false;         // a try to renew our own came to nothing
  std::optional<std::string> trouble;  // what to tell people: only when it changed
  bool recovered = false;              // trouble was told before and is over
};

class Election {
 public:
  using Time = BootClock::time_point;

  explicit Election(ElectionOptions options);

  ElectionAction start(Time now);
  // sent: when the request went out whose answer this is; now: when it came.
  ElectionAction step(const ElectionInput& input, Time sent, Time now);
  // What is ours is given up at once. Leads no more.
  ElectionAction release(Time now);

  bool leading() const { return term_.has_value(); }
  // How often this controller has begun to lead: another number means that it has not led in between.
  std::uint64_t terms() const { return terms_; }
  // While leading: until when something may be begun, and by when that has to be over.
  Time begin_until() const { return *term_ + options_.renew_deadline; }
  Time end_by() const;
  const std::string& holder() const { return observed_.holder; }
  std::int64_t transitions() const { return observed_.transitions; }

 private:
  ElectionAction on(const Read& read, Time sent, Time now);
  ElectionAction on(const Missing&, Time sent, Time now);
  ElectionAction on(const Written& written, Time sent, Time now);
  ElectionAction on(const Conflict&, Time sent, Time now);
  ElectionAction on(const Failed& failed, Time sent, Time now);
  ElectionAction on(const Waited&, Time sent, Time now);

  bool is_ours() const { return observed_.holder == options_.identity; }
  bool held_by_another(Time now) const;
  bool valid(Time now) const;
  void lapse(Time now);
  Lease next_record() const;
  ElectionAction update(bool optimistic);
  WaitNext wait_as_candidate();
  ElectionAction try_again(Time now);
  ElectionAction recovered(ElectionAction action);

  const ElectionOptions options_;
  std::mt19937_64 random_;
  Lease observed_;
  Time observed_at_{};
  std::optional<Time> term_;  // leading: when the request went out that made the Lease ours until now
  std::uint64_t terms_ = 0;
  Time tried_at_{};          // when this try to acquire or renew began
  bool optimistic_ = false;  // it goes by what was read before it
  bool releasing_ = false;
  std::string told_;  // the class of the trouble people know of; empty: none
};

}  // namespace palpo::lease
