// SPDX-License-Identifier: Apache-2.0
// Random snapshots and random refusals against a simulated data plane: it always ends where the quarantine
// says, what it serves is always valid, and only what it refuses is missing.
#include <gtest/gtest.h>

#include <random>

#include "controller/publish/peer.h"
#include "controller/publish/quarantine.h"
#include "controller/publish/snapshots_for_test.h"

namespace palpo::publish {
namespace {

using api::FrameKind;
using api::ResourceId;
using api::ResourceKind;

// What a data plane does with updates, strictly; it refuses the forms that a predicate names.
struct DataPlane {
  std::function<bool(const ResourceId&, const Digest&)> refuses;
  std::optional<api::Snapshot> serving;
  std::set<std::string> keys;
  int keys_received = 0;

  std::optional<Digest> version() const {
    return serving ? std::optional(version_of(*serving)) : std::nullopt;
  }
  std::pair<FrameKind, std::string> take(const api::Update& update) {
    EXPECT_TRUE(!update.base || update.base == version());
    auto next = api::apply(update.base ? *serving : api::Snapshot{}, update.delta);
    EXPECT_TRUE(next.ok());
    EXPECT_EQ(version_of(*next), update.version);
    EXPECT_TRUE(api::validate(*next).empty());
    api::Nack nack{update.seq, version(), "refused", {}};
    const auto look = [&](ResourceKind kind, const auto& resources) {
      for (const auto& [name, resource] : resources)
        if (refuses({kind, name}, resource->digest)) nack.faults.push_back({{kind, name}, "no"});
    };
    look(ResourceKind::host, next->hosts);
    look(ResourceKind::cluster, next->clusters);
    look(ResourceKind::certificate, next->certificates);
    for (const auto& [name, certificate] : next->certificates)
      EXPECT_TRUE(keys.contains(certificate->value.key_id)) << "no key for " << name;
    if (nack.faults.empty()) serving = std::move(*next);
    forget_keys();
    if (!nack.faults.empty()) return {FrameKind::nack, encode(nack)};
    return {FrameKind::ack, encode(api::Ack{update.seq, update.version})};
  }
  void forget_keys() {
    std::set<std::string> used;
    if (serving)
      for (const auto& [name, certificate] : serving->certificates)
        if (keys.contains(certificate->value.key_id)) used.insert(certificate->value.key_id);
    keys = std::move(used);
  }
};

class Simulation {
 public:
  explicit Simulation(unsigned seed) : random_(seed) {
    data_plane_.refuses = [this](const ResourceId& id, const Digest& form) { return poisoned(id, form); };
    connect();
  }

  void step() {
    if (recall_ && pick(2) == 0) return answer_recall();
    switch (pick(8)) {
      case 0:
        return disconnect();
      case 1:
        return answer();
      default:
        return publish();
    }
  }
  void settle() {
    if (!peer_) connect();
    answer_recall();
    for (int i = 0; i < 1000 && waiting_; ++i) answer();
    ASSERT_FALSE(waiting_.has_value()) << "no end to it";
    EXPECT_EQ(peer_->state(), Peer::State::in_sync);
    EXPECT_EQ(data_plane_.version(), published_->version);
    check_nothing_else_is_missing();
  }

 private:
  unsigned pick(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  // An author's form is refused or not by its bytes alone, as a compiler would.
  static bool poisoned(const ResourceId& id, const Digest& form) {
    return id.kind != ResourceKind::settings && form.bytes[0] % 5 == 0;
  }
  void check_nothing_else_is_missing() {
    for (const auto& [name, host] : wanted_.snapshot.hosts) {
      if (poisoned({ResourceKind::host, name}, host->digest)) continue;
      const auto at = data_plane_.serving->hosts.find(name);
      // What a form names may have had to go: then it is another form, or none.
      if (host->value.certificate && refused_.contains({ResourceKind::certificate, *host->value.certificate}))
        continue;
      const auto& cluster = std::get<api::ProxyTo>(host->value.routes.front().action).cluster;
      if (!data_plane_.serving->clusters.contains(cluster)) continue;
      ASSERT_NE(at, data_plane_.serving->hosts.end()) << name;
      EXPECT_EQ(at->second->digest, host->digest);
    }
    for (const auto& [id, words] : refused_) EXPECT_NE(form_of(wanted_.snapshot, id), std::nullopt);
  }

  void publish() {
    Draft draft;
    for (unsigned i = 0; i < 4; ++i)
      draft.cluster("c" + std::to_string(i), static_cast<std::uint16_t>(1 + pick(5)));
    for (int i = 0; i < 2; ++i) draft.certificate("t" + std::to_string(i), static_cast<int>(pick(4)));
    for (unsigned i = 0; i < 5; ++i)
      if (pick(4) != 0)
        draft.host("h" + std::to_string(i) + ".example", "c" + std::to_string(pick(4)),
                   pick(2) == 0 ? "" : "t" + std::to_string(pick(2)), "/" + std::to_string(pick(3)));
    wanted_ = std::move(draft);
    refresh();
  }
  void refresh() {
    auto outcome = quarantine_.select(wanted_.shared(), wanted_.ring());
    ASSERT_TRUE(api::validate(*outcome.published->snapshot).empty());
    refused_ = outcome.refused;
    published_ = outcome.published;
    history_.remember(published_);
    if (peer_) perform(peer_->want(published_));
  }
  void connect() {
    recalled_ = false;
    missing_ = pick(2) == 0 ? std::set<std::string>{} : std::set<std::string>{"ns/gone", "t0"};
    peer_.emplace(history_, missing_);
    if (published_) peer_->want(published_);
    std::vector<std::string> keys(data_plane_.keys.begin(), data_plane_.keys.end());
    auto step = peer_->receive(
        FrameKind::hello, encode(api::Hello{api::kProtocol, "test", data_plane_.version(), std::move(keys)}));
    ASSERT_TRUE(step.ok());
    perform(std::move(*step));
  }
  void disconnect() {
    peer_.reset();
    waiting_.reset();
    recall_ = false;
    if (pick(3) == 0) data_plane_.serving.reset(), data_plane_.keys.clear();
    if (pick(3) == 0) history_ = History{};
    connect();
  }
  void answer() {
    if (!waiting_) return;
    const auto update = *std::exchange(waiting_, std::nullopt);
    const auto [kind, payload] = data_plane_.take(update);
    auto step = peer_->receive(kind, payload);
    ASSERT_TRUE(step.ok()) << step.error().message;
    perform(std::move(*step));
  }
  void answer_recall() {
    if (!std::exchange(recall_, false)) return;
    api::Recalled recalled;
    for (const auto& name : missing_)
      if (const auto found = data_plane_.serving->certificates.find(name);
          found != data_plane_.serving->certificates.end())
        recalled.certificates.push_back(found->second);
    auto step = peer_->receive(FrameKind::recalled, encode(recalled));
    ASSERT_TRUE(step.ok()) << step.error().message;
    ASSERT_EQ(step->recalled->size(), recalled.certificates.size());
    if (pick(2) == 0) publish();
    perform(peer_->resume());
  }
  void perform(Peer::Step step) {
    if (step.acknowledged)
      if (auto serves = history_.find(*peer_->serving())) quarantine_.accepted(serves);
    for (const auto& frame : step.frames) {
      if (frame.kind == FrameKind::key) data_plane_.keys.insert(frame.key->key_id);
      if (frame.kind == FrameKind::recall) {
        ASSERT_FALSE(std::exchange(recalled_, true)) << "once per connection";
        recall_ = true;
      }
      if (frame.kind != FrameKind::update) continue;
      ASSERT_FALSE(recall_) << "an update before the answer";
      ASSERT_FALSE(waiting_.has_value()) << "two in flight";
      waiting_ = api::decode_update(frame.payload).value();
    }
    if (!step.refusal) return;
    ASSERT_TRUE(quarantine_.refuse(*step.refusal->target, step.refusal->faults));
    refresh();
  }

  std::mt19937 random_;
  History history_;
  Quarantine quarantine_;
  Draft wanted_;
  PublishedRef published_;
  Refusals refused_;
  DataPlane data_plane_;
  std::optional<Peer> peer_;
  std::optional<api::Update> waiting_;
  std::set<std::string> missing_;
  bool recall_ = false;    // waits for its answer
  bool recalled_ = false;  // asked on this connection
};

TEST(PublishProperty, ADataPlaneEndsAtWhatIsWantedMinusWhatItRefuses) {
  for (unsigned seed = 0; seed < 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed);
    for (int i = 0; i < 60; ++i) {
      simulation.step();
      if (i % 20 == 19) simulation.settle();
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace palpo::publish
