// SPDX-License-Identifier: Apache-2.0
#include "controller/lease/election.h"

#include <algorithm>

namespace palpo::lease {
namespace {

using std::chrono::milliseconds;

constexpr double kJitter = 1.2;  // a candidate waits up to that much longer than the retry period

ElectionAction act(std::variant<ReadLease, CreateLease, UpdateLease, WaitNext, Finished> next) {
  ElectionAction action;
  action.next = std::move(next);
  return action;
}

}  // namespace

Election::Election(ElectionOptions options) : options_(std::move(options)), random_(options_.seed) {}

ElectionAction Election::start(Time now) {
  tried_at_ = now;
  return act(ReadLease{});
}

ElectionAction Election::step(const ElectionInput& input, Time sent, Time now) {
  lapse(now);
  return std::visit([&](const auto& happened) { return on(happened, sent, now); }, input);
}

ElectionAction Election::release(Time now) {
  lapse(now);
  term_.reset();
  releasing_ = true;
  if (!is_ours() || observed_.document.empty()) return act(Finished{});
  return update(true);
}

// Half of what is between the deadline to renew and the end of the Lease is for what may be under way, the
// other half for clocks of different rates.
Election::Time Election::end_by() const {
  return *term_ + (options_.renew_deadline + milliseconds(options_.lease_duration)) / 2;
}

ElectionAction Election::on(const Waited&, Time, Time now) {
  tried_at_ = now;
  if (is_ours() && valid(now)) return update(true);
  return act(ReadLease{});
}

ElectionAction Election::on(const Read& read, Time, Time now) {
  if (same_record(observed_, read.lease)) {
    observed_.document = read.lease.document;
  } else {
    observed_ = read.lease;
    observed_at_ = now;
  }
  if (releasing_) return is_ours() ? update(false) : act(Finished{});
  if (!is_ours()) term_.reset();
  if (held_by_another(now)) return recovered(act(wait_as_candidate()));
  return update(false);
}

// Its holder may not know yet: it is as good as there for as long as it would have been valid.
ElectionAction Election::on(const Missing&, Time, Time now) {
  if (releasing_) return act(Finished{});
  if (held_by_another(now)) return act(wait_as_candidate());
  optimistic_ = false;
  return act(CreateLease{next_record()});
}

ElectionAction Election::on(const Written& written, Time sent, Time now) {
  observed_ = written.lease;
  observed_at_ = sent;
  if (releasing_) return act(Finished{});
  if (!leading()) ++terms_;
  term_ = sent;
  lapse(now);
  tried_at_ = now;
  return recovered(try_again(now));
}

ElectionAction Election::on(const Conflict&, Time, Time now) {
  if (releasing_ || optimistic_) {
    optimistic_ = false;
    return act(ReadLease{});
  }
  auto action = try_again(now);
  action.failed_renewal = is_ours();
  return action;
}

ElectionAction Election::on(const Failed& failed, Time, Time now) {
  if (releasing_) return act(Finished{});
  if (optimistic_) {
    optimistic_ = false;
    return act(ReadLease{});
  }
  auto action = try_again(now);
  action.failed_renewal = is_ours();
  const auto trouble = failed.status == 0 ? "unavailable" : "HTTP " + std::to_string(failed.status);
  if (told_ != trouble) {
    told_ = trouble;
    action.trouble = failed.message;
  }
  return action;
}

bool Election::held_by_another(Time now) const {
  return !observed_.holder.empty() && !is_ours() && valid(now);
}

bool Election::valid(Time now) const {
  return observed_at_ + std::chrono::seconds(observed_.duration_seconds) > now;
}

void Election::lapse(Time now) {
  if (leading() && now >= begin_until()) term_.reset();
}

Lease Election::next_record() const {
  Lease next;
  next.document = observed_.document;
  next.transitions = observed_.transitions;
  if (releasing_) {
    next.duration_seconds = 1;
    return next;
  }
  next.holder = options_.identity;
  next.duration_seconds = options_.lease_duration.count();
  if (is_ours())
    next.acquire_time = observed_.acquire_time;
  else if (!observed_.document.empty())
    ++next.transitions;
  return next;
}

ElectionAction Election::update(bool optimistic) {
  optimistic_ = optimistic;
  return act(UpdateLease{next_record()});
}

WaitNext Election::wait_as_candidate() {
  std::uniform_real_distribution<double> spread(1.0, 1.0 + kJitter);
  return {std::chrono::duration_cast<milliseconds>(options_.retry_period * spread(random_))};
}

// A leader tries every retry period and no later than when it has to stop leading.
ElectionAction Election::try_again(Time now) {
  if (!leading()) return act(wait_as_candidate());
  const auto next = std::min(tried_at_ + options_.retry_period, begin_until());
  return act(WaitNext{std::max(milliseconds(1), std::chrono::ceil<milliseconds>(next - now))});
}

ElectionAction Election::recovered(ElectionAction action) {
  action.recovered = !std::exchange(told_, {}).empty();
  return action;
}

}  // namespace palpo::lease
