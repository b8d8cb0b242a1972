// SPDX-License-Identifier: Apache-2.0
#include "controller/lease/election.h"

#include <gtest/gtest.h>

namespace palpo::lease {
namespace {

using namespace std::chrono_literals;
using Time = Election::Time;
using std::chrono::milliseconds;

constexpr Time kStart{1000h};

Election election(const std::string& identity = "a") { return Election({.identity = identity, .seed = 7}); }

// As the API server has it after a write.
Lease stored(Lease lease, const std::string& version) {
  lease.renew_time = "renewed at " + version;
  if (lease.acquire_time.empty()) lease.acquire_time = lease.renew_time;
  lease.document = version;
  return lease;
}
Lease held_by(const std::string& holder, const std::string& version = "1", std::int64_t seconds = 15) {
  return stored({.holder = holder, .duration_seconds = seconds, .transitions = 4}, version);
}

template <class Action>
const Action& expect(const ElectionAction& action) {
  EXPECT_TRUE(std::holds_alternative<Action>(action.next)) << action.next.index();
  static const Action none{};
  const auto* const found = std::get_if<Action>(&action.next);
  return found == nullptr ? none : *found;
}
bool reads(const ElectionAction& action) { return std::holds_alternative<ReadLease>(action.next); }
milliseconds delay(const ElectionAction& action) { return expect<WaitNext>(action).delay; }

// One that leads since kStart, by a Lease it has created.
Election leader() {
  auto made = election();
  made.start(kStart);
  const auto create = made.step(Missing{}, kStart, kStart);
  made.step(Written{stored(expect<CreateLease>(create).lease, "1")}, kStart, kStart);
  EXPECT_TRUE(made.leading());
  return made;
}

TEST(Election, ALeaseThatIsMissingIsCreated) {
  auto tested = election();
  EXPECT_TRUE(reads(tested.start(kStart)));
  const auto action = tested.step(Missing{}, kStart, kStart + 1s);
  const auto& lease = expect<CreateLease>(action).lease;
  EXPECT_EQ(lease.holder, "a");
  EXPECT_EQ(lease.duration_seconds, 15);
  EXPECT_EQ(lease.transitions, 0);
  EXPECT_EQ(lease.acquire_time, "") << "the driver's to fill in";
  EXPECT_FALSE(tested.leading());
  tested.step(Written{stored(lease, "1")}, kStart + 1s, kStart + 3s);
  ASSERT_TRUE(tested.leading());
  EXPECT_EQ(tested.begin_until(), kStart + 11s) << "from before the request went out";
  EXPECT_EQ(tested.end_by(), kStart + 13500ms);
}

TEST(Election, ALeaderRenewsByWhatItReadLastAndKeepsItsTerm) {
  auto tested = leader();
  EXPECT_EQ(delay(tested.step(Written{held_by("a", "2")}, kStart, kStart + 1s)), 2s) << "after the answer";
  const auto action = tested.step(Waited{}, kStart, kStart + 3s);
  const auto& lease = expect<UpdateLease>(action).lease;
  EXPECT_EQ(lease.document, "2") << "no reading before it";
  EXPECT_EQ(lease.acquire_time, "renewed at 2") << "that of its first write stays";
  EXPECT_EQ(lease.transitions, 4);
  tested.step(Written{stored(lease, "3")}, kStart + 3s, kStart + 4s);
  EXPECT_EQ(tested.begin_until(), kStart + 13s);
  EXPECT_EQ(tested.terms(), 1u);
}

TEST(Election, WhatIsHeldByAnotherIsTakenOnceItHasShownNoSignOfLifeForItsDuration) {
  auto tested = election();
  tested.start(kStart);
  const auto waiting = tested.step(Read{held_by("b", "1", 15)}, kStart, kStart + 1s);
  EXPECT_GE(delay(waiting), 2s);
  EXPECT_LE(delay(waiting), 4400ms);
  EXPECT_TRUE(reads(tested.step(Waited{}, kStart, kStart + 5s)));
  expect<WaitNext>(tested.step(Read{held_by("b", "2", 15)}, kStart, kStart + 10s));
  // By the time it was seen here; whatever clock its times are of.
  expect<WaitNext>(tested.step(Read{held_by("b", "2", 15)}, kStart, kStart + 24999ms));
  const auto action = tested.step(Read{held_by("b", "2", 15)}, kStart, kStart + 25s);
  const auto& lease = expect<UpdateLease>(action).lease;
  EXPECT_EQ(lease.holder, "a");
  EXPECT_EQ(lease.transitions, 5);
  EXPECT_EQ(lease.acquire_time, "");
  EXPECT_EQ(lease.document, "2");
}

TEST(Election, TheDurationThatItsHolderGaveCounts) {
  auto tested = election();
  tested.start(kStart);
  tested.step(Read{held_by("b", "1", 60)}, kStart, kStart);
  expect<WaitNext>(tested.step(Read{held_by("b", "1", 60)}, kStart, kStart + 59s));
  expect<UpdateLease>(tested.step(Read{held_by("b", "1", 60)}, kStart, kStart + 60s));
}

TEST(Election, ALabelIsNoSignOfLife) {
  auto tested = election();
  tested.start(kStart);
  tested.step(Read{held_by("b", "1")}, kStart, kStart);
  auto labelled = held_by("b", "1");
  labelled.document = "with a label";
  const auto action = tested.step(Read{labelled}, kStart, kStart + 15s);
  EXPECT_EQ(expect<UpdateLease>(action).lease.document, "with a label");
}

TEST(Election, WhatWasReleasedIsTakenAtOnce) {
  auto tested = election();
  tested.start(kStart);
  tested.step(Read{held_by("b", "1")}, kStart, kStart);
  const auto action = tested.step(Read{held_by("", "2", 1)}, kStart, kStart + 2s);
  EXPECT_EQ(expect<UpdateLease>(action).lease.transitions, 5);
}

TEST(Election, ALeaseThatVanishesIsAsGoodAsThereWhileItsHolderMayNotKnow) {
  auto tested = election();
  tested.start(kStart);
  tested.step(Read{held_by("b", "1")}, kStart, kStart);
  expect<WaitNext>(tested.step(Missing{}, kStart, kStart + 14s));
  expect<CreateLease>(tested.step(Missing{}, kStart, kStart + 15s));
}

TEST(Election, ALeaderWhoseLeaseVanishesMakesItAnew) {
  auto tested = leader();
  expect<UpdateLease>(tested.step(Waited{}, kStart, kStart + 2s));
  EXPECT_TRUE(reads(tested.step(Conflict{}, kStart + 2s, kStart + 2s)));
  const auto action = tested.step(Missing{}, kStart + 2s, kStart + 2s);
  tested.step(Written{stored(expect<CreateLease>(action).lease, "9")}, kStart + 2s, kStart + 2s);
  EXPECT_EQ(tested.begin_until(), kStart + 12s);
  EXPECT_EQ(tested.terms(), 1u);
}

TEST(Election, OnlyOneOfTwoThatAreTooLateTakesIt) {
  auto tested = election();
  tested.start(kStart);
  tested.step(Read{held_by("", "1")}, kStart, kStart);
  const auto lost = tested.step(Conflict{}, kStart, kStart);
  EXPECT_GE(delay(lost), 2s);
  EXPECT_FALSE(tested.leading());
  EXPECT_FALSE(lost.failed_renewal);
}

TEST(Election, ALeaderThatCannotRenewStopsAtTheDeadline) {
  auto tested = leader();
  auto now = kStart + 2s;
  tested.step(Waited{}, now, now);
  EXPECT_TRUE(reads(tested.step(Failed{0, "no answer"}, now, now + 100ms))) << "it may have changed";
  auto action = tested.step(Failed{0, "no answer"}, now, now + 200ms);
  EXPECT_TRUE(action.failed_renewal);
  EXPECT_EQ(action.trouble, "no answer");
  EXPECT_EQ(delay(action), 1800ms) << "every retry period, from one beginning to the next";
  for (now += 2s; now < kStart + 10s; now += 2s) {
    expect<UpdateLease>(tested.step(Waited{}, now, now));
    tested.step(Failed{0, "no answer"}, now, now);
    action = tested.step(Failed{0, "no answer"}, now, now);
    EXPECT_FALSE(action.trouble) << "told once";
    EXPECT_TRUE(tested.leading());
  }
  EXPECT_EQ(delay(action), 2s);
  expect<UpdateLease>(tested.step(Waited{}, now, now));
  EXPECT_FALSE(tested.leading()) << "at ten seconds";
  const auto back = tested.step(Written{held_by("a", "5")}, now, now + 1s);
  EXPECT_TRUE(back.recovered);
  EXPECT_TRUE(tested.leading());
  EXPECT_EQ(tested.terms(), 2u) << "not without a gap";
}

TEST(Election, TheLastTryIsNoLaterThanTheDeadline) {
  auto tested = election();
  tested.start(kStart);
  tested.step(Missing{}, kStart, kStart);
  tested.step(Written{held_by("a")}, kStart, kStart + 9s);
  const auto next = kStart + 9500ms;
  tested.step(Waited{}, next, next);
  tested.step(Failed{0, ""}, next, next);
  EXPECT_EQ(delay(tested.step(Failed{0, ""}, next, next)), 500ms);
}

TEST(Election, AnAnswerThatComesAfterTheDeadlineMakesNoTermOfTheOldOne) {
  auto tested = leader();
  tested.step(Waited{}, kStart + 9s, kStart + 9s);
  tested.step(Written{held_by("a", "2")}, kStart + 9s, kStart + 11s);
  EXPECT_TRUE(tested.leading());
  EXPECT_EQ(tested.terms(), 2u);
  tested.step(Waited{}, kStart + 13s, kStart + 13s);
  tested.step(Written{held_by("a", "3")}, kStart + 13s, kStart + 24s);
  EXPECT_FALSE(tested.leading()) << "its answer took longer than the deadline";
}

TEST(Election, ALeaderThatSeesAnotherStopsAtOnce) {
  auto tested = leader();
  tested.step(Waited{}, kStart + 2s, kStart + 2s);
  tested.step(Conflict{}, kStart + 2s, kStart + 2s);
  expect<WaitNext>(tested.step(Read{held_by("b", "9")}, kStart + 2s, kStart + 2s));
  EXPECT_FALSE(tested.leading());
  EXPECT_EQ(tested.holder(), "b");
}

TEST(Election, OneThatSleptPastItsLeaseReadsBeforeItWrites) {
  auto tested = leader();
  EXPECT_TRUE(reads(tested.step(Waited{}, kStart, kStart + 60s)));
  EXPECT_FALSE(tested.leading());
}

TEST(Election, WhatAnAnswerThatWasLostHasChangedIsTakenIn) {
  auto tested = leader();
  tested.step(Waited{}, kStart + 2s, kStart + 2s);
  tested.step(Failed{0, "reset"}, kStart + 2s, kStart + 2s);
  const auto action = tested.step(Read{held_by("a", "2")}, kStart + 2s, kStart + 3s);
  EXPECT_EQ(expect<UpdateLease>(action).lease.document, "2");
  EXPECT_EQ(tested.begin_until(), kStart + 10s) << "reading renews nothing";
}

TEST(Election, ReleasingGivesItUpForASecond) {
  auto tested = leader();
  const auto action = tested.release(kStart + 3s);
  EXPECT_FALSE(tested.leading()) << "before it is written";
  const auto& lease = expect<UpdateLease>(action).lease;
  EXPECT_EQ(lease.holder, "");
  EXPECT_EQ(lease.duration_seconds, 1);
  EXPECT_EQ(lease.acquire_time, "");
  EXPECT_TRUE(std::holds_alternative<Finished>(
      tested.step(Written{stored(lease, "2")}, kStart + 3s, kStart + 3s).next));
}

TEST(Election, ReleasingTakesNothingFromAnother) {
  auto tested = leader();
  tested.release(kStart + 3s);
  EXPECT_TRUE(reads(tested.step(Conflict{}, kStart + 3s, kStart + 3s)));
  EXPECT_TRUE(
      std::holds_alternative<Finished>(tested.step(Read{held_by("b", "9")}, kStart + 3s, kStart + 3s).next));

  auto again = leader();
  again.release(kStart + 3s);
  again.step(Conflict{}, kStart + 3s, kStart + 3s);
  const auto action = again.step(Read{held_by("a", "9")}, kStart + 3s, kStart + 3s);
  EXPECT_EQ(expect<UpdateLease>(action).lease.document, "9") << "a renewal of ours was under way";

  auto other = election();
  other.start(kStart);
  other.step(Read{held_by("b", "1")}, kStart, kStart);
  EXPECT_TRUE(std::holds_alternative<Finished>(other.release(kStart + 60s).next));
}

TEST(Election, ARightThatIsMissingIsToldOnceAndAskedForAgain) {
  auto tested = election();
  tested.start(kStart);
  auto action = tested.step(Failed{403, "forbidden"}, kStart, kStart);
  EXPECT_EQ(action.trouble, "forbidden");
  EXPECT_FALSE(action.failed_renewal);
  EXPECT_GE(delay(action), 2s);
  EXPECT_TRUE(reads(tested.step(Waited{}, kStart, kStart + 3s)));
  EXPECT_FALSE(tested.step(Failed{403, "forbidden"}, kStart, kStart + 3s).trouble);
  EXPECT_EQ(tested.step(Failed{0, "away"}, kStart, kStart + 6s).trouble, "away");
  tested.step(Waited{}, kStart, kStart + 9s);
  EXPECT_TRUE(tested.step(Read{held_by("b")}, kStart, kStart + 9s).recovered);
}

TEST(Election, ARightToReadAloneIsNoRecovery) {
  auto tested = election();
  tested.start(kStart);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(tested.step(Missing{}, kStart, kStart).recovered);
    EXPECT_EQ(tested.step(Failed{403, "forbidden"}, kStart, kStart).trouble.has_value(), i == 0);
  }
}

}  // namespace
}  // namespace palpo::lease
