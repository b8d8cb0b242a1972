// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/peer.h"

#include <gtest/gtest.h>

#include "controller/publish/snapshots_for_test.h"

namespace palpo::publish {
namespace {

using api::FrameKind;

std::string hello(std::optional<Digest> version = {}, std::vector<std::string> keys = {}) {
  return encode(api::Hello{api::kProtocol, "test", version, std::move(keys)});
}

struct PeerTest : testing::Test {
  History history;
  std::set<std::string> missing;
  Peer peer{history, missing};
  PublishedRef one = Draft().cluster("a", 1).host("a.example", "a").published();
  PublishedRef two = Draft().cluster("a", 2).host("a.example", "a").published();
  PublishedRef three = Draft().cluster("a", 3).host("a.example", "a").published();

  Peer::Step want(const PublishedRef& published) {
    history.remember(published);
    return peer.want(published);
  }
  Peer::Step take(FrameKind kind, const std::string& payload) {
    auto step = peer.receive(kind, payload);
    EXPECT_TRUE(step.ok()) << step.error().message;
    return std::move(step).value();
  }
  std::string refusal(FrameKind kind, const std::string& payload) {
    auto step = peer.receive(kind, payload);
    return step.ok() ? "taken" : step.error().message;
  }
  static api::Update update_in(const Peer::Step& step) {
    for (const auto& frame : step.frames)
      if (frame.kind == FrameKind::update) return api::decode_update(frame.payload).value();
    ADD_FAILURE() << "no update";
    return {};
  }
  static std::vector<FrameKind> kinds(const Peer::Step& step) {
    std::vector<FrameKind> result;
    for (const auto& frame : step.frames) result.push_back(frame.kind);
    return result;
  }
  static std::string ack(std::uint64_t seq, const PublishedRef& published) {
    return encode(api::Ack{seq, published->version});
  }
};

std::string recalled(const std::vector<std::string>& names) {
  api::Recalled message;
  for (const auto& name : names)
    message.certificates.push_back(api::seal(api::Certificate{name, "chain", std::string(64, 'a')}));
  return encode(message);
}

TEST_F(PeerTest, WhoServesWhatAnotherProcessPublishedIsAskedForWhatIsMissingFirst) {
  missing = {"ns/gone", "ns/never"};
  want(one);
  auto step = take(FrameKind::hello, hello(two->version));
  ASSERT_EQ(kinds(step), (std::vector{FrameKind::welcome, FrameKind::recall}));
  EXPECT_EQ(api::decode_recall(step.frames[1].payload)->names,
            (std::vector<std::string>{"ns/gone", "ns/never"}));
  EXPECT_TRUE(want(one).frames.empty()) << "nothing is sent while it is asked";
  EXPECT_EQ(peer.state(), Peer::State::recalling);
  step = take(FrameKind::recalled, recalled({"ns/gone"}));
  EXPECT_TRUE(step.frames.empty());
  ASSERT_TRUE(step.recalled);
  EXPECT_EQ(step.recalled->at(0)->value.name, "ns/gone");
  EXPECT_TRUE(want(three).frames.empty()) << "nor before the driver has dealt with the answer";
  EXPECT_EQ(update_in(peer.resume()).version, three->version);
  EXPECT_TRUE(peer.resume().frames.empty());
}

TEST_F(PeerTest, IsAskedOnceAndOnlyWhereItCanKnowMore) {
  missing = {"ns/gone"};
  want(one);
  EXPECT_EQ(kinds(take(FrameKind::hello, hello())), (std::vector{FrameKind::welcome, FrameKind::update}))
      << "it has nothing";
  for (const auto& version : {one->version, two->version}) {
    Peer known(history, missing);
    history.remember(two);
    known.want(one);
    auto step = known.receive(FrameKind::hello, hello(version));
    ASSERT_TRUE(step.ok());
    for (const auto& frame : step->frames) EXPECT_NE(frame.kind, FrameKind::recall) << "what we published";
  }
  Peer unknown(history, missing);
  ASSERT_TRUE(unknown.receive(FrameKind::hello, hello(three->version)).ok());
  EXPECT_EQ(kinds(unknown.want(one)), std::vector{FrameKind::recall}) << "once something is wanted";
  ASSERT_TRUE(unknown.receive(FrameKind::recalled, recalled({})).ok());
  EXPECT_EQ(kinds(unknown.resume()), std::vector{FrameKind::update});
}

TEST_F(PeerTest, WhatWasNotAskedForIsABreach) {
  EXPECT_NE(refusal(FrameKind::recalled, recalled({})), "taken") << "before the hello";
  missing = {"ns/gone"};
  want(one);
  take(FrameKind::hello, hello(two->version));
  EXPECT_EQ(refusal(FrameKind::recalled, recalled({"ns/other"})), "recalled: ns/other was not asked for");
  EXPECT_EQ(refusal(FrameKind::recalled, recalled({"ns/gone", "ns/gone"})),
            "recalled: ns/gone was not asked for");
  EXPECT_NE(refusal(FrameKind::recalled, "{"), "taken");
}

TEST_F(PeerTest, SaysNothingBeforeHelloThenWelcomesAndSendsTheWhole) {
  EXPECT_TRUE(want(one).frames.empty());
  const auto step = take(FrameKind::hello, hello());
  EXPECT_EQ(kinds(step), (std::vector{FrameKind::welcome, FrameKind::update}));
  const auto update = update_in(step);
  EXPECT_FALSE(update.base.has_value());
  EXPECT_EQ(update.version, one->version);
  EXPECT_EQ(peer.state(), Peer::State::updating);
  EXPECT_TRUE(take(FrameKind::ack, ack(update.seq, one)).acknowledged);
  EXPECT_EQ(peer.state(), Peer::State::in_sync);
  EXPECT_EQ(peer.serving(), one->version);
}

TEST_F(PeerTest, SendsNothingWhenVersionsAreEqual) {
  want(one);
  const auto step = take(FrameKind::hello, hello(one->version));
  EXPECT_EQ(kinds(step), std::vector{FrameKind::welcome});
  EXPECT_TRUE(step.acknowledged);
  EXPECT_EQ(peer.state(), Peer::State::in_sync);
}

TEST_F(PeerTest, EqualVersionIsTheBaseOfTheNextDifference) {
  Peer fresh(history, missing);
  fresh.want(one);  // as after a restart of the controller: the history knows nothing
  ASSERT_TRUE(fresh.receive(FrameKind::hello, hello(one->version)).ok());
  const auto update = update_in(fresh.want(two));
  EXPECT_EQ(update.base, one->version);
  EXPECT_EQ(update.delta.put_clusters.size(), 1u);
  EXPECT_TRUE(update.delta.put_hosts.empty());
}

TEST_F(PeerTest, SendsTheDifferenceFromAKnownVersionAndTheWholeFromAnUnknown) {
  want(one);
  want(two);
  EXPECT_EQ(update_in(take(FrameKind::hello, hello(one->version))).base, one->version);
  Peer other(history, missing);
  other.want(two);
  auto step = other.receive(FrameKind::hello, hello(three->version));
  ASSERT_TRUE(step.ok());
  EXPECT_FALSE(update_in(*step).base.has_value());
}

TEST_F(PeerTest, OneUpdateInFlightAndTheNewestReplacesWhatWaits) {
  want(one);
  const auto first = update_in(take(FrameKind::hello, hello()));
  EXPECT_TRUE(want(two).frames.empty());
  EXPECT_TRUE(want(three).frames.empty());
  const auto next = update_in(take(FrameKind::ack, ack(first.seq, one)));
  EXPECT_EQ(next.base, one->version);
  EXPECT_EQ(next.version, three->version);
  EXPECT_GT(next.seq, first.seq);
}

TEST_F(PeerTest, BackToWhatItServesSendsNothing) {
  want(one);
  const auto first = update_in(take(FrameKind::hello, hello()));
  want(two);
  want(one);
  EXPECT_TRUE(take(FrameKind::ack, ack(first.seq, one)).frames.empty());
  EXPECT_EQ(peer.state(), Peer::State::in_sync);
}

TEST_F(PeerTest, KeysGoOnceBeforeTheUpdateAndOnlyThoseItLacks) {
  const auto both = Draft().certificate("a", 0).certificate("b", 1).published();
  want(both);
  auto step = take(FrameKind::hello, hello({}, {test_certificate(0).key_id}));
  ASSERT_EQ(kinds(step), (std::vector{FrameKind::welcome, FrameKind::key, FrameKind::update}));
  EXPECT_EQ(step.frames[1].key->key_id, test_certificate(1).key_id);
  take(FrameKind::ack, ack(update_in(step).seq, both));

  // Another name for the same key needs no key; what was dropped is sent again.
  const auto renamed = Draft().certificate("c", 1).published();
  step = want(renamed);
  EXPECT_EQ(kinds(step), std::vector{FrameKind::update});
  take(FrameKind::ack, ack(update_in(step).seq, renamed));
  EXPECT_EQ(kinds(want(both)), (std::vector{FrameKind::key, FrameKind::update}));
}

TEST_F(PeerTest, ARefusedVersionIsNotSentAgainUntilAnotherIsWanted) {
  want(one);
  const auto first = update_in(take(FrameKind::hello, hello()));
  const api::Fault fault{{api::ResourceKind::host, "a.example"}, "no"};
  const auto step = take(FrameKind::nack, encode(api::Nack{first.seq, {}, "refused", {fault}}));
  ASSERT_TRUE(step.refusal.has_value());
  EXPECT_EQ(step.refusal->target, one);
  EXPECT_EQ(step.refusal->faults, std::vector{fault});
  EXPECT_FALSE(step.acknowledged);
  EXPECT_EQ(peer.state(), Peer::State::refused);
  EXPECT_TRUE(want(one).frames.empty());
  EXPECT_EQ(update_in(peer.retry()).version, one->version);
  EXPECT_TRUE(want(two).frames.empty());  // one in flight
}

TEST_F(PeerTest, ADifferenceThatDoesNotFitIsFollowedByTheWhole) {
  want(one);
  const auto first = update_in(take(FrameKind::hello, hello()));
  take(FrameKind::ack, ack(first.seq, one));
  const auto second = update_in(want(two));
  ASSERT_TRUE(second.base.has_value());
  auto step = take(FrameKind::nack, encode(api::Nack{second.seq, one->version, "wrong digest", {}}));
  const auto whole = update_in(step);
  EXPECT_FALSE(whole.base.has_value());
  EXPECT_EQ(whole.version, two->version);
  step = take(FrameKind::nack, encode(api::Nack{whole.seq, one->version, "wrong digest", {}}));
  EXPECT_TRUE(step.frames.empty());
  EXPECT_EQ(peer.state(), Peer::State::refused);
  EXPECT_EQ(update_in(want(three)).base, one->version);
}

TEST_F(PeerTest, ANackThatNamesAnotherVersionMovesTheBase) {
  want(one);
  want(two);
  take(FrameKind::hello, hello(one->version));
  const auto step = take(FrameKind::nack, encode(api::Nack{1, {}, "I have nothing", {}}));
  EXPECT_FALSE(update_in(step).base.has_value());
  EXPECT_FALSE(peer.serving().has_value());
}

TEST_F(PeerTest, BreachesOfTheProtocolAreErrors) {
  EXPECT_EQ(refusal(FrameKind::ack, ack(1, one)), "its first frame is ack, not hello");
  want(one);
  EXPECT_NE(refusal(FrameKind::hello, "{"), "taken");
  const auto seq = update_in(take(FrameKind::hello, hello())).seq;
  EXPECT_EQ(refusal(FrameKind::hello, hello()), "a second hello");
  EXPECT_EQ(refusal(FrameKind::update, ""), "a data plane does not send update frames");
  EXPECT_EQ(refusal(FrameKind::key, ""), "a data plane does not send key frames");
  EXPECT_EQ(refusal(FrameKind::ack, ack(seq + 1, one)), "ack: seq 2, in flight is 1");
  EXPECT_NE(refusal(FrameKind::ack, ack(seq, two)), "taken");
  EXPECT_EQ(refusal(FrameKind::nack, encode(api::Nack{seq + 1, {}, "", {}})), "nack: seq 2, in flight is 1");
  take(FrameKind::ack, ack(seq, one));
  EXPECT_EQ(refusal(FrameKind::ack, ack(seq, one)), "ack: no update is in flight");
  EXPECT_EQ(refusal(FrameKind::nack, encode(api::Nack{seq, {}, "", {}})), "nack: no update is in flight");
}

}  // namespace
}  // namespace palpo::publish
